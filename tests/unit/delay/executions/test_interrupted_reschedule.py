"""A client that is killed in the middle of a reschedule, before or after each of its calls."""

from datetime import timedelta
from itertools import count

import pytest

from delay import Contended, Status, TooLate
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, KEY, WEEK, Killed, client, scheduled, waiting

MOST_CALLS = 20


class KilledAt:
    """Kills the client that makes the n-th call, before it or after it."""

    def __init__(self, call: int, moment: Moment) -> None:
        self._left = call
        self._moment = moment

    def __call__(self, _method: str, moment: Moment) -> None:
        """Count down."""
        if moment is self._moment:
            self._left -= 1
            if self._left < 0:
                raise Killed


def interrupted(sfn: FakeStepFunctions, call: int, moment: Moment, after: timedelta = HOUR) -> bool:
    """Reschedule until killed there; False if the reschedule was over before."""
    sfn.watch(KilledAt(call, moment))
    try:
        client(sfn).reschedule(KEY, after=after)
    except Killed:
        return True
    finally:
        sfn.watch(None)
    return False


kills = [(call, moment) for call in range(MOST_CALLS) for moment in Moment]


@pytest.mark.parametrize("touch", ["get", "cancel", "reschedule"])
@pytest.mark.parametrize("former", [0, 1, 2])
def test_one_task_at_least_is_left_and_the_next_touch_leaves_one(touch: str, former: int) -> None:
    """Wherever the client is killed, and however often the task was rescheduled before."""
    for call in count():
        for moment in Moment:
            sfn = FakeStepFunctions()
            scheduled(sfn)
            for _ in range(former):
                client(sfn).reschedule(KEY, after=2 * WEEK)
            if not interrupted(sfn, call, moment):
                assert call >= 4, "a reschedule takes some calls"
                return
            assert 1 <= len(waiting(sfn)) <= 2
            _touch(sfn, touch)
            assert len(waiting(sfn)) == (0 if touch == "cancel" else 1)
            sfn.clock.forward(4 * WEEK)
            assert len(sfn.calls) == (0 if touch == "cancel" else 1)


def _touch(sfn: FakeStepFunctions, touch: str) -> None:
    if touch == "get":
        assert client(sfn).get(KEY).status is Status.WAITING
    elif touch == "cancel":
        assert client(sfn).cancel(KEY).status is Status.CANCELLED
    else:
        assert client(sfn).reschedule(KEY, after=3 * WEEK).status is Status.WAITING


@pytest.mark.parametrize(("call", "moment"), kills)
def test_a_touch_that_is_killed_too_is_made_up_for_by_the_next(call: int, moment: Moment) -> None:
    """A second reschedule is killed at every place, after a first that left two generations."""
    sfn = FakeStepFunctions()
    scheduled(sfn)
    interrupted(sfn, 3, Moment.BEFORE)
    assert waiting(sfn) == [1, 2]
    interrupted(sfn, call, moment, 2 * HOUR)
    assert 1 <= len(waiting(sfn)) <= 3
    assert client(sfn).get(KEY).status is Status.WAITING
    assert len(waiting(sfn)) == 1


@pytest.mark.parametrize(("call", "moment"), kills)
def test_one_that_was_called_meanwhile_wins_over_its_successor(call: int, moment: Moment) -> None:
    """The task was moved from an hour to a week; nobody touched the key until it had been called."""
    sfn = FakeStepFunctions()
    scheduled(sfn, HOUR)
    interrupted(sfn, call, moment, WEEK)
    is_moved = waiting(sfn) == [2]
    sfn.clock.forward(2 * HOUR)
    task = client(sfn).get(KEY)
    assert task.status is (Status.WAITING if is_moved else Status.SUCCEEDED)
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1
    assert client(sfn).get(KEY).status is Status.SUCCEEDED


@pytest.mark.parametrize(("call", "moment"), kills)
def test_a_successor_that_was_called_meanwhile_wins_over_what_it_replaces(call: int, moment: Moment) -> None:
    """The task was moved from a week to an hour; nobody touched the key until it had been called."""
    sfn = FakeStepFunctions()
    scheduled(sfn, WEEK)
    interrupted(sfn, call, moment, HOUR)
    is_started = 2 in waiting(sfn)
    sfn.clock.forward(2 * HOUR)
    assert client(sfn).get(KEY).status is (Status.SUCCEEDED if is_started else Status.WAITING)
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1


def test_a_call_that_overtook_the_stop_is_found_by_the_next_touch() -> None:
    """The client was killed before it could look at what it had stopped: it had been called already."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    scheduled(sfn, HOUR)
    sfn.clock.forward(HOUR - timedelta(seconds=5))

    def overtake(method: str, moment: Moment) -> None:
        if method == "stop_execution" and moment is Moment.BEFORE:
            sfn.clock.forward(timedelta(seconds=6))
        elif method == "stop_execution":
            raise Killed

    sfn.watch(overtake)
    with pytest.raises(Killed):
        client(sfn).reschedule(KEY, after=WEEK)
    sfn.watch(None)
    task = client(sfn).get(KEY)
    assert (task.generation, task.status, task.error) == (1, Status.FAILED, "Delay.Rescheduled")
    assert waiting(sfn) == []
    assert len(sfn.calls) == 1


def test_where_nobody_touches_the_key_both_are_called() -> None:
    """That is the window which remains; the function is told which generation calls it."""
    sfn = FakeStepFunctions()
    scheduled(sfn, HOUR)
    interrupted(sfn, 3, Moment.BEFORE, WEEK)
    sfn.clock.forward(2 * WEEK)
    assert [call.execution_arn.rpartition(":")[2] for call in sfn.calls] == ["order", "order--g2-g19"]
    assert client(sfn).get(KEY).generation == 1


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("method", ["start_execution", "stop_execution", "describe_execution"])
def test_throttling_does_not_interrupt(method: str, moment: Moment) -> None:
    """For a minute, before or after the fact."""
    sfn = FakeStepFunctions()
    scheduled(sfn)
    sfn.fail(method, "ThrottlingException", moment=moment, times=6)
    assert client(sfn).reschedule(KEY, after=WEEK).generation == 2
    assert waiting(sfn) == [2]


@pytest.mark.parametrize("start", Moment)
def test_a_task_that_is_cancelled_meanwhile_stays_cancelled(start: Moment) -> None:
    """By another client, just before the successor was started or just after."""
    sfn = FakeStepFunctions()
    scheduled(sfn)

    def cancel_meanwhile(method: str, moment: Moment) -> None:
        if (method, moment) == ("start_execution", start):
            sfn.watch(None)
            assert client(sfn).cancel(KEY).status is Status.CANCELLED

    sfn.watch(cancel_meanwhile)
    if start is Moment.BEFORE:
        with pytest.raises(TooLate, match="it was cancelled"):
            client(sfn).reschedule(KEY, after=WEEK)
    else:
        client(sfn).reschedule(KEY, after=WEEK)  # it was moved, and then cancelled
    assert client(sfn).get(KEY).status is Status.CANCELLED
    assert waiting(sfn) == []


@pytest.mark.parametrize("method", ["start_execution", "stop_execution"])
def test_who_always_comes_second_gives_up(method: str) -> None:
    """After some tries, and the task of the others waits."""
    sfn = FakeStepFunctions()
    scheduled(sfn)

    def be_faster(called: str, moment: Moment) -> None:
        if (called, moment) == (method, Moment.BEFORE):
            sfn.watch(None)
            client(sfn).reschedule(KEY, after=2 * HOUR)
            sfn.watch(be_faster)

    sfn.watch(be_faster)
    with pytest.raises(Contended, match="Try again"):
        _change(sfn, method)
    assert len(waiting(sfn)) == 1


def _change(sfn: FakeStepFunctions, method: str) -> object:
    if method == "stop_execution":
        return client(sfn).cancel(KEY)
    return client(sfn).reschedule(KEY, after=HOUR)
