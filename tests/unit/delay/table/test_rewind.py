"""A table that was restored from a backup: its queue is purged, and its drain goes back."""

from datetime import timedelta

import pytest

from delay import Delay, InvalidRequest
from delay.testing import FakeClock, FakeSqs, FakeStepFunctions
from task_table.cursor import Cursor
from task_table.memory import MemoryQueue, MemoryTable
from task_table.ports import PurgeableQueue, Table

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/TaskTable"


class PurgedQueue(MemoryQueue):
    """A queue that counts its purges."""

    purges = 0

    def purge(self) -> None:
        """Delete all messages."""
        self.purges += 1


class StoppedBackend:
    """A table whose drain does not run."""

    def __init__(self, clock: FakeClock) -> None:
        self.table = MemoryTable(lambda: clock.now().timestamp())
        self.queue = PurgedQueue()
        self.letters = FakeSqs(clock)

    def open_table(self) -> Table:
        """Return the table."""
        return self.table

    def open_queue(self, _url: str) -> PurgeableQueue:
        """Return the queue."""
        return self.queue

    def open_letters(self) -> FakeSqs:
        """Return the dead-letter queue."""
        return self.letters


def test_rewind_purges_the_queue_and_sets_the_drain_back() -> None:
    """The tasks since the restore point are sent again, and no message is left of a task without a row."""
    clock = FakeClock()
    backend = StoppedBackend(clock)
    now = int(clock.now().timestamp())
    made = now - 86_400
    backend.table.make_cursor(
        Cursor(drained=now // 60, queue_url="https://queue", keep_seconds=3600, attempts=4, made=made)
    )
    Delay(ARN, backend=backend, clock=clock).store.rewind(clock.now() - timedelta(hours=1))
    cursor = backend.table.get_cursor()
    assert cursor
    assert cursor.drained == (now - 3600) // 60 - 15
    assert backend.queue.purges == 1


def test_executions_have_no_backups() -> None:
    """The error says which store has."""
    sfn = FakeStepFunctions()
    with pytest.raises(InvalidRequest, match="--store table"):
        Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).store.rewind(sfn.clock.now())


def test_executions_refuse_before_any_question() -> None:
    """The shell checks first, and asks only for what can be done."""
    sfn = FakeStepFunctions()
    with pytest.raises(InvalidRequest, match="--store table"):
        Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).store.check_rewind(sfn.clock.now())
