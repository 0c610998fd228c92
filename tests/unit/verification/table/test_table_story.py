"""The story of a table fails if the drain or the sweep did not do what a step says."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from delay import Delay
from delay.testing import FakeTaskTable
from task_table.cursor import Cursor
from task_table.slot import SECONDS
from verification.errors import NotAsExpected
from verification.steps import Steps
from verification.table.dying_client import schedule_without_message
from verification.table.story import Beginning, begin, catch_up


@dataclass
class FakeTasks:
    """Records the commands of the shell."""

    done: list[tuple[Any, ...]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """Return a command."""
        return lambda *arguments: self.done.append((name, *arguments))


class FakeParticipants:
    """The participants of a fake table, whose drain and sweep run by themselves."""

    def __init__(self, drained: int | None = None) -> None:
        self.fake = FakeTaskTable()
        self.table_arn = self.fake.arn
        self.table = self.fake.open_table()
        self.drained = drained
        self.done: list[str] = []

    def clock(self) -> float:
        """Return the time."""
        return self.fake.clock.now().timestamp()

    def read_cursor(self) -> Cursor:
        """Return the cursor: the first, or what the test has set."""
        cursor = self.table.get_cursor()
        assert cursor
        return (
            Cursor(drained=self.drained, queue_url="q", keep_seconds=1, attempts=1, made=0)
            if self.drained
            else cursor
        )

    def wait_until(self, second: float) -> None:
        """Move the clock."""
        self.fake.clock.sleep(max(0, second - self.clock()))

    def __getattr__(self, name: str) -> Any:
        """Return any other method."""
        return lambda *_: self.done.append(name)


def quiet_steps() -> Steps:
    return Steps(Console(quiet=True))


@pytest.fixture
def participants(monkeypatch: pytest.MonkeyPatch) -> FakeParticipants:
    """Return participants of a table on whose clock the dying client is, too."""
    found = FakeParticipants()

    def schedule(arn: str, table: Any, key: str, payload: Any) -> None:
        schedule_without_message(arn, table, key, payload, found.fake.clock)

    monkeypatch.setattr("verification.table.story.schedule_without_message", schedule)
    return found


def begin_and_catch_up(participants: Any) -> list[tuple[Any, ...]]:
    commands = FakeTasks()
    tasks: Any = commands
    beginning = begin(tasks, participants, quiet_steps())
    catch_up(tasks, participants, beginning, quiet_steps())
    return commands.done


def test_missed_ticks_are_made_up_for_before_the_sweep(participants: FakeParticipants) -> None:
    """The schedule is disabled before the first task, and the sweep is called last."""
    done = begin_and_catch_up(participants)
    assert participants.done == [
        "drain",
        "stop_drain",
        "resume_drain",
        "await_drained",
        "await_swept",
        "sweep",
    ]
    assert [command for command, *_ in done] == ["schedule_at", "move", "succeed_in_time", "succeed"]


def test_task_for_the_drain_is_beyond_the_horizon_of_clients(participants: FakeParticipants) -> None:
    """A client would send it by itself before."""
    now = participants.clock()
    (_, _, due), *_ = begin_and_catch_up(participants)
    assert 720 < due - now <= 720 + SECONDS + 10


def test_drain_that_ran_without_its_schedule_fails_the_story() -> None:
    """It would not have missed a tick."""
    participants: Any = FakeParticipants(drained=101)
    tasks: Any = FakeTasks()
    with pytest.raises(NotAsExpected, match="although its schedule was disabled"):
        catch_up(tasks, participants, Beginning(lost_minute=90, beyond_minute=100), quiet_steps())


def test_task_called_before_the_sweep_fails_the_story(participants: FakeParticipants) -> None:
    """Its message was not lost."""

    def schedule(_arn: str, _table: Any, key: str, payload: Any) -> None:
        delay = Delay(participants.table_arn, backend=participants.fake)
        delay.schedule(payload, after=timedelta(seconds=1), key=key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verification.table.story.schedule_without_message", schedule)
        with pytest.raises(NotAsExpected, match="called without the sweep"):
            begin_and_catch_up(participants)
