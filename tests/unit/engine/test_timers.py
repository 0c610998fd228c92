"""Which execution is looked at when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.engine.timers import Timers

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def test_what_is_due_comes_in_order_of_due_time() -> None:
    """Whatever the order it was set in."""
    timers = Timers()
    for number, seconds in enumerate([5, 1, 3]):
        timers.set(number, at(seconds))
    assert list(timers.pop_due(at(4))) == [1, 2]
    assert timers.next_due() == at(5)


def test_what_falls_due_while_others_go_on_is_served_too() -> None:
    """A timer that is set during the round, and due by then, belongs to it."""
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
def test_timers_behave_as_a_plain_dictionary_of_due_times_would(steps: list[tuple[str, int, int]]) -> None:
    """Setting replaces, cancelling removes, popping gives what is due, the earliest first."""
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
    """A million set and cancelled leave no more behind than a few."""
    timers = Timers()
    for number in range(100_000):
        timers.set(number, at(number))
        timers.cancel(number)
    assert len(timers._heap) < 5_000  # noqa: SLF001 - the point is what is held, and nothing else shows it
