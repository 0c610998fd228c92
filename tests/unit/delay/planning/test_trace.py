"""What production has seen, and what it would have taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.errors import EmptyTrace
from delay.planning.trace import Trace
from delay.planning.workload import Workload
from tests.unit.delay.planning.samples import INSTANT, trace

TASKS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 90)), min_size=1, max_size=40)


def test_a_trace_counts_its_tasks_its_span_and_its_delays() -> None:
    """In whatever order they come."""
    seen = trace((100, 10), (0, 30), (50, 20))
    assert (seen.tasks, seen.span_seconds, seen.per_second) == (3, 100, 0.03)
    assert (seen.mean_delay_seconds, seen.longest_delay_seconds) == (20, 30)


def test_the_most_that_were_open_are_counted_exactly() -> None:
    """A task is open until its call has ended."""
    seen = trace((0, 10), (5, 10), (10, 10))
    assert seen.most_open(call_seconds=0) == 2
    assert seen.most_open(call_seconds=1) == 3


def test_what_came_and_what_was_due_within_a_second_is_counted_in_any_second() -> None:
    """Not only from full second to full second."""
    seen = trace((0.6, 100), (1.4, 99.3), (5, 0))
    assert seen.arrivals_within(1) == 2
    assert seen.due_within(1) == 2


def test_calls_that_overlap_are_counted() -> None:
    """They take as long as they are said to."""
    seen = trace((0, 10), (0, 10.3), (0, 20))
    assert [seen.calls_at_once(seconds) for seconds in (0.2, 0.4, 60)] == [1, 2, 3]


def test_a_task_takes_a_transition_when_it_arrives_and_one_when_it_is_due() -> None:
    """Three that arrive when five others are due draw eight."""
    seen = trace(*[(0, 100)] * 5, *[(100, 50)] * 3)
    assert seen.starts_at_once(refill_per_second=1) == 5
    assert seen.transitions_at_once(refill_per_second=1) == 8


def test_a_trace_that_is_shorter_than_its_delays_has_begun_with_nothing_waiting() -> None:
    """In production there was: then Little's law gives the number, where it is the larger one."""
    hour_of_week_long_delays = trace(*((second, 7 * 86_400) for second in range(3_601)))
    workload = Workload.of_trace(hour_of_week_long_delays, INSTANT)
    assert hour_of_week_long_delays.most_open(0) == 3_601
    assert workload.open_tasks == pytest.approx(604_800, rel=0.001)


def test_a_trace_that_is_longer_than_its_delays_is_taken_at_its_word() -> None:
    """Its peak is exact."""
    seen = trace(*((second, 60) for second in range(3_601)))
    assert Workload.of_trace(seen, INSTANT).open_tasks == 60


def test_an_empty_trace_is_refused() -> None:
    """There is nothing to plan for."""
    with pytest.raises(EmptyTrace, match="no task in the file"):
        Trace.of(())


def needs(seen: Trace) -> list[float]:
    return [seen.most_open(1), seen.calls_at_once(1), seen.due_within(1), seen.starts_at_once(1)]


@given(TASKS)
def test_more_tasks_never_need_less(tasks: list[tuple[int, int]]) -> None:
    """Nor does any need exceed the number of tasks."""
    fewer, more = trace(*tasks), trace(*tasks, tasks[0])
    for less, needed in zip(needs(fewer), needs(more), strict=True):
        assert less <= needed <= len(tasks) + 1


@given(TASKS, st.integers(1, 10**6))
def test_when_it_was_does_not_matter(tasks: list[tuple[int, int]], later: int) -> None:
    """Only when it was in relation to the rest."""
    moved = trace(*((arrival + later, delay) for arrival, delay in tasks))
    assert moved.most_open(1) == trace(*tasks).most_open(1)
    assert moved.transitions_at_once(3) == pytest.approx(trace(*tasks).transitions_at_once(3))
