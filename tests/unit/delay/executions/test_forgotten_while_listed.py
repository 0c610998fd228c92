"""A task that Step Functions forgets while tasks are listed is left out, and the others are listed."""

from datetime import timedelta

import pytest

from delay import Delay
from delay.testing import FakeStepFunctions


@pytest.mark.parametrize("method", ["describe_execution", "get_execution_history"])
def test_task_forgotten_while_listed_is_left_out(method: str) -> None:
    """It is forgotten before it is described, or between that and the reading of its history."""
    sfn = FakeStepFunctions(call_duration=timedelta(hours=1))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    for key in "ab":
        task = delay.schedule({"a": 1}, after=timedelta(0), key=key)
        sfn.clock.forward(timedelta(minutes=1))
        sfn.stop_execution(executionArn=task.arn)  # the history has whether it was called
    sfn.fail(method, "ExecutionDoesNotExist")
    assert len(list(delay.list(due=True))) == 1
