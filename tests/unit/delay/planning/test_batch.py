"""The needs of a file of tasks that are scheduled together, once or each day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.batch import most_open_daily
from delay.planning.limit import Verdict
from delay.planning.trace import Trace
from delay.planning.workload import Repeat, Workload
from tests.unit.delay.planning.samples import DAY, HOUR, INSTANT, limit, plan, trace, unhurried

FILES = st.lists(st.tuples(st.integers(0, 2 * DAY), st.integers(0, 4 * DAY)), min_size=1, max_size=12)
NIGHTLY = trace(*((number / 10_000, DAY) for number in range(20_000)))


def test_span_of_a_file_decides_how_it_repeats() -> None:
    """A sample of traffic spans an hour or more."""
    assert Repeat.guess(trace((0, 5), (HOUR - 1, 5))) is Repeat.ONCE
    assert Repeat.guess(trace((0, 5), (HOUR, 5))) is Repeat.STEADY
    assert Workload.of_trace(NIGHTLY, INSTANT).is_repeat_guessed
    assert not Workload.of_trace(NIGHTLY, INSTANT, Repeat.ONCE).is_repeat_guessed


def test_batch_that_comes_once_is_paid_once() -> None:
    """It has no rate, and its delays are known."""
    made = plan(Workload.of_trace(NIGHTLY, INSTANT, Repeat.ONCE))
    assert (made.workload.tasks, made.workload.per_second) == (20_000, None)
    assert made.executions.verdict is Verdict.RAISE
    assert made.executions.cost.usd == pytest.approx(0.9)
    assert limit(made.executions, "delay").needed == DAY


def test_daily_batch_is_paid_thirty_times_a_month() -> None:
    """Its mean rate is that of a day."""
    workload = Workload.of_trace(NIGHTLY, INSTANT, Repeat.DAILY)
    assert workload.tasks == pytest.approx(600_000)
    assert workload.per_second == pytest.approx(20_000 / DAY)


def test_paced_starts_need_no_burst() -> None:
    """An import starts its tasks as fast as the quota allows: in a minute here, long before they are due."""
    made = plan(Workload.of_trace(NIGHTLY, INSTANT, Repeat.ONCE))
    assert "start-burst" not in {found.quota.key for found in made.executions.limits}
    assert made.start_seconds == pytest.approx(18_700 / 300)


def test_starts_that_cannot_wait_need_a_burst() -> None:
    """In ten seconds 3,000 tasks are started; the others are late."""
    made = plan(Workload.of_trace(trace(*[(0, 10)] * 5_000), INSTANT, Repeat.ONCE))
    assert limit(made.executions, "start-burst").needed == 2_000


def test_batches_of_several_days_wait_at_once() -> None:
    """Tasks with a delay of three days are those of three files, and of the fourth as it comes."""
    assert most_open_daily(trace((0, 3 * DAY), (0, 3 * DAY)), 0) == 6
    assert most_open_daily(trace((0, 3 * DAY), (0, 3 * DAY)), 1) == 8


def test_batches_of_several_days_fall_due_together() -> None:
    """Yesterday's delay of two days and the day before yesterday's of three end in the same second."""
    peaks = Workload.of_trace(trace((0, DAY), (0, 2 * DAY), (0, 3 * DAY)), INSTANT, Repeat.DAILY).peaks
    assert peaks is not None
    assert peaks.due_within(1) == 3


def repeat_file(file: Trace, days: int) -> Trace:
    """Return the trace of a file that comes on each of `days` days, built task by task."""
    moved = [
        [moment + day * DAY * 1000 for moment in moments for day in range(days)]
        for moments in (file.arrived_ms, file.due_ms)
    ]
    return Trace.of((begin, end - begin) for begin, end in zip(*moved, strict=True))


@unhurried
@given(FILES, st.integers(0, 2))
def test_open_tasks_of_daily_batches_are_exact(tasks: list[tuple[int, int]], call_seconds: int) -> None:
    """Once the longest delay is over, each day has the same peak as a trace of all days."""
    file = trace(*tasks)
    assert most_open_daily(file, call_seconds) == repeat_file(file, days=14).most_open(call_seconds)
