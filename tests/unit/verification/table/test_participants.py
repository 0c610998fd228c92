"""Drain and sweep are called by hand as by their schedules, and the schedule of the drain can be stopped."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from task_table.cursor import Cursor, SweepCursor
from task_table.memory import MemoryTable
from verification.errors import NotAsExpected
from verification.table.participants import Participants

SCHEDULE = {
    "Name": "stack-TableDrainSchedule",
    "ScheduleExpression": "rate(1 minute)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "function", "RoleArn": "role"},
}


@dataclass
class FakeAws:
    """A fake of a stack, Lambda and EventBridge Scheduler, and of time."""

    answer: dict[str, Any] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    now: float = 6000
    slept: list[float] = field(default_factory=list)
    table: MemoryTable = field(default_factory=lambda: MemoryTable(lambda: 0))

    def client(self, service: str) -> "FakeAws":
        """Return a client."""
        assert service in {"lambda", "scheduler"}
        return self

    def find_resource(self, logical_id: str) -> str:
        """Return a physical ID."""
        return f"stack-{logical_id}"

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Answer a call of a function."""
        self.called.append(FunctionName)
        assert Payload == b"{}"
        error = {"FunctionError": "Unhandled"} if "errorMessage" in self.answer else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **error}

    def get_schedule(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Return the schedule, with members that an update refuses."""
        assert Name == SCHEDULE["Name"]
        return {**SCHEDULE, "Arn": "arn", "State": "ENABLED", "CreationDate": "now"}

    def update_schedule(self, **settings: Any) -> None:
        """Replace the schedule."""
        self.updates.append(settings)

    def read_clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Pass time. The drain's schedule moves its cursor on, a minute each time."""
        self.now += seconds
        self.slept.append(seconds)
        if cursor := self.table.get_cursor():
            self.table.advance_cursor(cursor, build_cursor(cursor.drained + 1))


class FakeParticipants(Participants):
    """Reads a table in memory."""

    @property
    def table(self) -> Any:
        """The table in memory."""
        fake: Any = self.stack
        return fake.table


def build_cursor(drained: int) -> Cursor:
    return Cursor(drained=drained, queue_url="q", keep_seconds=1, attempts=1, made=0)


def participants(aws: FakeAws) -> Participants:
    stack: Any = aws
    return FakeParticipants(stack, aws.client, aws.read_clock, aws.sleep)


def test_drain_and_sweep_report_what_they_did() -> None:
    """Their functions return their metrics."""
    aws = FakeAws({"Sent": 3})
    found = participants(aws)
    assert (found.drain(), found.sweep()) == ({"Sent": 3}, {"Sent": 3})
    assert aws.called == ["stack-TableDrainFunction", "stack-TableSweepFunction"]


def test_failed_tick_raises_its_message() -> None:
    """Lambda returns it as the payload."""
    with pytest.raises(NotAsExpected, match="AccessDenied"):
        participants(FakeAws({"errorMessage": "AccessDenied"})).drain()


def test_schedule_is_stopped_and_resumed_with_its_other_settings() -> None:
    """UpdateSchedule forgets a setting that it does not get."""
    aws = FakeAws()
    participants(aws).stop_drain()
    participants(aws).resume_drain()
    assert aws.updates == [{**SCHEDULE, "State": "DISABLED"}, {**SCHEDULE, "State": "ENABLED"}]


def test_drained_minute_is_waited_for() -> None:
    """The cursor has to be behind it."""
    aws = FakeAws()
    aws.table.make_cursor(build_cursor(100))
    participants(aws).await_drained(102)
    assert aws.table.get_cursor() == build_cursor(103)


def test_drain_that_stands_still_fails_after_some_minutes() -> None:
    """Its schedule may be disabled still."""
    aws = FakeAws()
    aws.table.make_cursor(build_cursor(100))
    with pytest.raises(NotAsExpected, match=r"did not reach the minute 1000 after 180 s\."):
        participants(aws).await_drained(1000)
    assert sum(aws.slept) > 180


def test_missing_cursor_is_named() -> None:
    """Its first tick makes it."""
    with pytest.raises(NotAsExpected, match="no cursor"):
        participants(FakeAws()).read_cursor()


def test_sweep_has_run_when_all_its_cursors_are_there() -> None:
    """The first tick makes all three."""
    aws = FakeAws()
    for age in (120, 900):
        aws.table.make_cursor(SweepCursor(age_seconds=age, swept=1))
    with pytest.raises(NotAsExpected, match="sweep was not called"):
        participants(aws).await_swept()
    aws.table.make_cursor(SweepCursor(age_seconds=21_600, swept=1))
    participants(aws).await_swept()


@pytest.mark.parametrize(("second", "slept"), [(6010, 10), (5990, 0)])
def test_time_is_waited_for_unless_it_is_past(second: float, slept: float) -> None:
    """The steps before may have taken longer."""
    aws = FakeAws()
    participants(aws).wait_until(second)
    assert aws.slept == [slept]
