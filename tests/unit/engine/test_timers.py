"""Order in which the engine looks at due executions."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.engine.timers import Timers

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def test_due_timers_pop_in_order_of_due_time() -> None:
    """The order of setting them does not matter."""
    timers = Timers()
    for number, seconds in enumerate([5, 1, 3]):
        timers.set(number, at(seconds))
    assert list(timers.pop_due(at(4))) == [1, 2]
    assert timers.next_due() == at(5)


def test_timer_set_during_a_round_is_served_in_it() -> None:
    """It must be due by then."""
    timers = Timers()
    timers.set(1, at(1))
    served = []
    for number in timers.pop_due(at(10)):
        served.append(number)
        if number < 3:
            timers.set(number + 1, at(number + 1))
    assert served == [1, 2, 3]


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "cancel", "pop"]), st.integers(0, 8), st.integers(0, 20)),
        max_size=200,
    )
)
def test_timers_behave_like_a_dictionary_of_due_times(steps: list[tuple[str, int, int]]) -> None:
    """Setting replaces, cancelling removes, and popping returns due timers, the earliest first."""
    timers, model = Timers(), dict[int, datetime]()
    for action, number, seconds in steps:
        if action == "set":
            timers.set(number, at(seconds))
            model[number] = at(seconds)
        elif action == "cancel":
            timers.cancel(number)
            model.pop(number, None)
        else:
            due = sorted((when, key) for key, when in model.items() if when <= at(seconds))
            assert list(timers.pop_due(at(seconds))) == [key for _, key in due]
            model = {key: when for key, when in model.items() if when > at(seconds)}
        assert len(timers) == len(model)
        assert timers.next_due() == min(model.values(), default=None)


def test_cancelled_timers_do_not_pile_up() -> None:
    """After 100,000 set and cancelled timers the heap is small."""
    timers = Timers()
    for number in range(100_000):
        timers.set(number, at(number))
        timers.cancel(number)
    assert len(timers._heap) < 5_000  # noqa: SLF001 - the point is what is held, and nothing else shows it
