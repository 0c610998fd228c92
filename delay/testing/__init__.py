"""Step Functions, or a table of tasks, in memory: for the unit tests of services that schedule tasks.

    from delay import Delay
    from delay.testing import FakeStepFunctions

    sfn = FakeStepFunctions()
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    delay.schedule({"order": 42}, after=timedelta(days=7), key="order-42-confirm")
    sfn.clock.forward(timedelta(days=7))
    assert [call.event["order"] for call in sfn.calls] == [42]

Tasks in a table, with the same `clock` and `calls`:

    table = FakeTaskTable()
    delay = Delay(table.arn, backend=table)

No network, no process, no sleeping. For tests against a real endpoint, see stepfunctions_local.testing.
"""

from delay.testing.clock import FakeClock
from delay.testing.faults import Moment
from delay.testing.function import Call, Function
from delay.testing.sqs import FakeSqs
from delay.testing.stepfunctions import FakeStepFunctions
from delay.testing.task_table import FakeTaskTable

__all__ = ["Call", "FakeClock", "FakeSqs", "FakeStepFunctions", "FakeTaskTable", "Function", "Moment"]
