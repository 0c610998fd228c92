"""The speed of the drain is read from its log."""

import json
from typing import Any

import pytest

from delay import Delay
from delay.task import Status
from delay.testing import FakeTaskTable
from verification.errors import NotAsExpected
from verification.table.drain_speed import DrainMeasurement, DrainSpeed, LoggedTick, read_ticks
from verification.table.participants import Participants


def event(text: str, stream: str = "a") -> dict[str, str]:
    return {"logStreamName": stream, "message": text}


def drained(sent: int, stream: str = "a") -> dict[str, str]:
    line = {"level": "INFO", "message": "Drained", "CursorBehindSeconds": 0, "Sent": sent}
    return event(json.dumps(line), stream)


def report(milliseconds: float, stream: str = "a") -> dict[str, str]:
    parts = ("REPORT RequestId: 1", f"Duration: {milliseconds} ms", "Billed Duration: 99 ms")
    return event("\t".join(parts), stream)


def test_tick_has_the_duration_that_lambda_reports_after_it() -> None:
    """Two functions may write at the same time, each into a stream of its own."""
    events = [
        event("INIT_START"),
        drained(7),
        drained(9, "b"),
        report(1500.5),
        report(2000, "b"),
        report(3),
    ]
    assert list(read_ticks(events)) == [LoggedTick(7, 1.5005), LoggedTick(9, 2.0)]


def test_speed_is_that_of_the_ticks_that_sent_something() -> None:
    """The line has the rate of scheduling's seconds, too."""
    speed = DrainSpeed.of([LoggedTick(0, 0.1), LoggedTick(6000, 10), LoggedTick(4000, 5)], 20.4)
    assert str(speed) == (
        "10,000 rows of one slot were scheduled in 20 s, and sent in 15.0 s by 2 ticks: 667 a second"
    )


class FakeStack:
    """A stack on a fake table, whose clock moves during a sleep, and whose log is given."""

    def __init__(self, events: list[dict[str, str]]) -> None:
        self.table = FakeTaskTable()
        self.delay = Delay(self.table.arn, backend=self.table)
        self._events = events
        self.logged_since = 0

    @property
    def participants(self) -> Participants:
        """Return the participants."""
        stack: Any = self
        return _FakeParticipants(
            stack, lambda _: stack, lambda: self.table.clock.now().timestamp(), self.table.clock.sleep
        )

    def find_resource(self, logical_id: str) -> str:
        """Return the name of the log group."""
        return f"stack-{logical_id}"

    def get_paginator(self, operation: str) -> "FakeStack":
        """Return the paginator of the log."""
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, startTime: int) -> list[dict[str, Any]]:  # noqa: N803 - boto3's own
        """Return the log in two pages."""
        assert logGroupName == "stack-TableDrainLogGroup"
        self.logged_since = startTime
        return [{"events": self._events[:1]}, {"events": self._events[1:]}]


class _FakeParticipants(Participants):
    """Reads the cursor of the fake."""

    @property
    def table(self) -> Any:
        """The fake table."""
        fake: Any = self.stack
        return fake.table.open_table()


def test_measured_tasks_are_sent_by_the_drain_and_cancelled() -> None:
    """None of them is called."""
    stack = FakeStack([drained(3), report(100)])
    scheduled = stack.table.clock.now()
    speed = DrainMeasurement(stack.delay, stack.participants, 3, "run").measure()
    assert (speed.rows, speed.ticks, speed.seconds) == (3, 1, 0.1)
    assert stack.logged_since == int(scheduled.timestamp() * 1000)
    tasks = list(stack.delay.list())
    assert {task.status for task in tasks} == {Status.CANCELLED}
    assert len(tasks) == 3
    assert not stack.table.calls


def test_measured_tasks_are_due_in_one_minute() -> None:
    """So they are in one slot, beyond what the clients send by themselves."""
    stack = FakeStack([drained(61), report(100)])
    began = stack.table.clock.now()
    DrainMeasurement(stack.delay, stack.participants, 61, "run").measure()
    due = {task.due for task in stack.delay.list(due=True) if task.due}
    assert len({moment.replace(second=0) for moment in due}) == 1
    assert (min(due) - began).total_seconds() > 12 * 60


def test_log_without_all_rows_fails_the_measurement() -> None:
    """The drain would have lost some."""
    stack = FakeStack([drained(2), report(100)])
    with pytest.raises(NotAsExpected, match="fewer than 3 messages"):
        DrainMeasurement(stack.delay, stack.participants, 3, "run").measure()
