"""The needs of tasks recorded in production."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.errors import EmptyTrace
from delay.planning.trace import Trace
from delay.planning.workload import Workload
from tests.unit.delay.planning.samples import INSTANT, trace

TASKS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 90)), min_size=1, max_size=40)


def test_trace_counts_its_tasks_span_and_delays() -> None:
    """The order of the tasks does not matter."""
    seen = trace((100, 10), (0, 30), (50, 20))
    assert (seen.tasks, seen.span_seconds, seen.per_second) == (3, 100, 0.03)
    assert (seen.mean_delay_seconds, seen.shortest_delay_seconds, seen.longest_delay_seconds) == (20, 10, 30)


def test_peak_of_open_tasks_is_exact() -> None:
    """A task is open until its call has ended."""
    seen = trace((0, 10), (5, 10), (10, 10))
    assert seen.most_open(call_seconds=0) == 2
    assert seen.most_open(call_seconds=1) == 3


def test_arrivals_and_due_tasks_are_counted_in_any_second() -> None:
    """The second may begin at any moment."""
    seen = trace((0.6, 100), (1.4, 99.3), (5, 0))
    assert seen.arrivals_within(1) == 2
    assert seen.due_within(1) == 2


def test_overlapping_calls_are_counted() -> None:
    """Each call takes the given time."""
    seen = trace((0, 10), (0, 10.3), (0, 20))
    assert [seen.calls_at_once(seconds) for seconds in (0.2, 0.4, 60)] == [1, 2, 3]


def test_task_draws_a_transition_at_arrival_and_at_its_due_time() -> None:
    """Three arrivals at the due time of five other tasks draw eight."""
    seen = trace(*[(0, 100)] * 5, *[(100, 50)] * 3)
    assert seen.starts_at_once(refill_per_second=1) == 5
    assert seen.transitions_at_once(refill_per_second=1) == 8


def test_trace_shorter_than_its_delays_follows_littles_law() -> None:
    """It begins with no waiting task, unlike production. The larger number counts."""
    hour_of_week_long_delays = trace(*((second, 7 * 86_400) for second in range(3_601)))
    workload = Workload.of_trace(hour_of_week_long_delays, INSTANT)
    assert hour_of_week_long_delays.most_open(0) == 3_601
    assert workload.open_tasks == pytest.approx(604_800, rel=0.001)


def test_trace_longer_than_its_delays_has_an_exact_peak() -> None:
    """Its own count is used."""
    seen = trace(*((second, 60) for second in range(3_601)))
    assert Workload.of_trace(seen, INSTANT).open_tasks == 60


def test_empty_trace_is_refused() -> None:
    """There is nothing to plan."""
    with pytest.raises(EmptyTrace, match="no task in the file"):
        Trace.of(())


def list_needs(seen: Trace) -> list[float]:
    return [seen.most_open(1), seen.calls_at_once(1), seen.due_within(1), seen.starts_at_once(1)]


@given(TASKS)
def test_more_tasks_never_need_less(tasks: list[tuple[int, int]]) -> None:
    """No need exceeds the number of tasks."""
    fewer, more = trace(*tasks), trace(*tasks, tasks[0])
    for less, needed in zip(list_needs(fewer), list_needs(more), strict=True):
        assert less <= needed <= len(tasks) + 1


@given(TASKS, st.integers(1, 10**6))
def test_needs_do_not_depend_on_the_start_of_the_trace(tasks: list[tuple[int, int]], later: int) -> None:
    """Only relative times matter."""
    moved = trace(*((arrival + later, delay) for arrival, delay in tasks))
    assert moved.most_open(1) == trace(*tasks).most_open(1)
    assert moved.transitions_at_once(3) == pytest.approx(trace(*tasks).transitions_at_once(3))
