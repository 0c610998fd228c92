"""A client that dies before it sends a message leaves a task to the sweep."""

from delay import Delay
from delay.task import Status
from delay.testing import FakeTaskTable
from verification.table.dying_client import schedule_without_message


def test_task_without_a_message_is_called_by_the_sweep() -> None:
    """Not before: two minutes after its slot."""
    table = FakeTaskTable()
    schedule_without_message(table.arn, table.open_table(), "lost", {"a": 1}, table.clock)
    delay = Delay(table.arn, backend=table)
    table.clock.sleep(100)
    assert (delay.get("lost").status, len(table.calls)) == (Status.WAITING, 0)
    table.clock.sleep(100)
    assert (delay.get("lost").status, len(table.calls)) == (Status.SUCCEEDED, 1)
