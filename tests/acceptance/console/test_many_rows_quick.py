"""The rows that the slow test puts into a table are those of tasks."""

from delay import Delay, Status
from delay.testing import FakeTaskTable
from tests.acceptance.console.test_many_rows import put


def test_row_is_a_waiting_task() -> None:
    """With its payload and its due time."""
    table = FakeTaskTable()
    now = int(table.clock.now().timestamp())
    put(table, "order-1", now, now + 3600)
    task = Delay(table.arn, backend=table).get("order-1")
    assert (task.status, task.payload) == (Status.WAITING, {"order": 1})
    assert task.due is not None
    assert task.due.timestamp() == now + 3600
