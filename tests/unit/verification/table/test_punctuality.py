"""The punctuality of a table is read from its rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from delay import Delay, Request
from delay.testing import FakeTaskTable
from verification.errors import NotAsExpected
from verification.table.punctuality import (
    Punctuality,
    crowd_into_a_second,
    measure_punctuality,
    spread_over_a_minute,
)


@pytest.fixture
def delay() -> Delay:
    table = FakeTaskTable()
    return Delay(table.arn, backend=table)


def test_spread_tasks_are_called_in_their_seconds(delay: Delay) -> None:
    """The fake calls each task when it is due."""
    assert measure_punctuality(delay, spread_over_a_minute("run", 6)) == Punctuality({0: 6})


def test_spread_tasks_are_due_over_a_minute() -> None:
    """The first after ten seconds, so that all are scheduled before."""
    requests = list(spread_over_a_minute("run", 3))
    assert [request.after for request in requests] == [timedelta(seconds=number) for number in (10, 30, 50)]


def test_crowd_is_called_in_one_second(delay: Delay) -> None:
    """All tasks of the crowd have one due time."""
    at = delay.clock.now() + timedelta(seconds=60)
    assert measure_punctuality(delay, crowd_into_a_second("run", 3, at)) == Punctuality({0: 3})


def test_late_tasks_are_counted_by_their_seconds() -> None:
    """A line has all counts, the earliest first."""
    assert str(Punctuality.of([1, 0, 0, 5])) == "4 tasks were called: 2 after 0 s, 1 after 1 s, 1 after 5 s"


@pytest.mark.parametrize(
    ("events", "complaint"), [((), "was not called"), (((-1, "TaskStarted"),), "1 s before it was due")]
)
def test_missing_or_early_call_fails_the_measurement(
    delay: Delay, events: Sequence[tuple[int, str]], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This project promises that no call is early."""

    def list_events(_: Delay, task: Any) -> list[dict[str, Any]]:
        return [{"timestamp": task.due + timedelta(seconds=late), "type": name} for late, name in events]

    monkeypatch.setattr(Delay, "history", list_events)
    with pytest.raises(NotAsExpected, match=complaint):
        measure_punctuality(delay, spread_over_a_minute("run", 1))


def test_refused_task_fails_the_measurement(delay: Delay) -> None:
    """It would be missing in the counts."""
    with pytest.raises(NotAsExpected, match="could not be scheduled"):
        measure_punctuality(delay, [Request({}, after=timedelta(seconds=-1), key="k")])
