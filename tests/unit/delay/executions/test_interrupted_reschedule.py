"""A client that is killed during a reschedule, before or after each of its calls."""

from datetime import timedelta
from itertools import count

import pytest

from delay import Contended, Status, TooLate
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, KEY, WEEK, Killed, client, schedule_task, waiting_generations

MOST_CALLS = 20


class KilledAt:
    """Kills the client at its n-th call, before or after it."""

    def __init__(self, call: int, moment: Moment) -> None:
        self._left = call
        self._moment = moment

    def __call__(self, _method: str, moment: Moment) -> None:
        """Count the calls down."""
        if moment is self._moment:
            self._left -= 1
            if self._left < 0:
                raise Killed


def reschedule_until_killed(
    sfn: FakeStepFunctions, call: int, moment: Moment, after: timedelta = HOUR
) -> bool:
    """Reschedule, and be killed at the call. Return False if the reschedule ended before it."""
    sfn.watch(KilledAt(call, moment))
    try:
        client(sfn).reschedule(KEY, after=after)
    except Killed:
        return True
    finally:
        sfn.watch(None)
    return False


kills = [(call, moment) for call in range(MOST_CALLS) for moment in Moment]


@pytest.mark.parametrize("operation", ["get", "cancel", "reschedule"])
@pytest.mark.parametrize("former", [0, 1, 2])
def test_next_operation_after_an_interruption_leaves_one_generation(operation: str, former: int) -> None:
    """A kill at any call leaves at least one, after any number of earlier reschedules."""
    for call in count():
        for moment in Moment:
            sfn = FakeStepFunctions()
            schedule_task(sfn)
            for _ in range(former):
                client(sfn).reschedule(KEY, after=2 * WEEK)
            if not reschedule_until_killed(sfn, call, moment):
                assert call >= 4, "a reschedule takes some calls"
                return
            assert 1 <= len(waiting_generations(sfn)) <= 2
            _perform(sfn, operation)
            assert len(waiting_generations(sfn)) == (0 if operation == "cancel" else 1)
            sfn.clock.forward(4 * WEEK)
            assert len(sfn.calls) == (0 if operation == "cancel" else 1)


def _perform(sfn: FakeStepFunctions, operation: str) -> None:
    if operation == "get":
        assert client(sfn).get(KEY).status is Status.WAITING
    elif operation == "cancel":
        assert client(sfn).cancel(KEY).status is Status.CANCELLED
    else:
        assert client(sfn).reschedule(KEY, after=3 * WEEK).status is Status.WAITING


@pytest.mark.parametrize(("call", "moment"), kills)
def test_second_interruption_is_repaired_too(call: int, moment: Moment) -> None:
    """A second reschedule is killed at every call, after a first one that left two generations."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)
    reschedule_until_killed(sfn, 3, Moment.BEFORE)
    assert waiting_generations(sfn) == [1, 2]
    reschedule_until_killed(sfn, call, moment, 2 * HOUR)
    assert 1 <= len(waiting_generations(sfn)) <= 3
    assert client(sfn).get(KEY).status is Status.WAITING
    assert len(waiting_generations(sfn)) == 1


@pytest.mark.parametrize(("call", "moment"), kills)
def test_called_generation_wins_over_its_successor(call: int, moment: Moment) -> None:
    """The task was moved from an hour to a week, and its key was not used until the call."""
    sfn = FakeStepFunctions()
    schedule_task(sfn, HOUR)
    reschedule_until_killed(sfn, call, moment, WEEK)
    is_rescheduled = waiting_generations(sfn) == [2]
    sfn.clock.forward(2 * HOUR)
    task = client(sfn).get(KEY)
    assert task.status is (Status.WAITING if is_rescheduled else Status.SUCCEEDED)
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1
    assert client(sfn).get(KEY).status is Status.SUCCEEDED


@pytest.mark.parametrize(("call", "moment"), kills)
def test_called_successor_wins_over_its_predecessor(call: int, moment: Moment) -> None:
    """The task was moved from a week to an hour, and its key was not used until the call."""
    sfn = FakeStepFunctions()
    schedule_task(sfn, WEEK)
    reschedule_until_killed(sfn, call, moment, HOUR)
    is_started = 2 in waiting_generations(sfn)
    sfn.clock.forward(2 * HOUR)
    assert client(sfn).get(KEY).status is (Status.SUCCEEDED if is_started else Status.WAITING)
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1


def test_next_operation_finds_a_call_that_overtook_the_stop() -> None:
    """The client was killed before it could see that the stopped execution had been called."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    schedule_task(sfn, HOUR)
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
    assert waiting_generations(sfn) == []
    assert len(sfn.calls) == 1


def test_both_generations_are_called_if_the_key_is_not_used() -> None:
    """This is the remaining window. The function learns which generation calls it."""
    sfn = FakeStepFunctions()
    schedule_task(sfn, HOUR)
    reschedule_until_killed(sfn, 3, Moment.BEFORE, WEEK)
    sfn.clock.forward(2 * WEEK)
    assert [call.execution_arn.rpartition(":")[2] for call in sfn.calls] == ["order", "order--g2-g19"]
    assert client(sfn).get(KEY).generation == 1


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("method", ["start_execution", "stop_execution", "describe_execution"])
def test_throttling_does_not_interrupt_a_reschedule(method: str, moment: Moment) -> None:
    """It lasts a minute, and the calls fail before or after they take effect."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)
    sfn.fail(method, "ThrottlingException", moment=moment, times=6)
    assert client(sfn).reschedule(KEY, after=WEEK).generation == 2
    assert waiting_generations(sfn) == [2]


@pytest.mark.parametrize("start", Moment)
def test_task_cancelled_during_a_reschedule_stays_cancelled(start: Moment) -> None:
    """Another client cancels just before or just after the start of the successor."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)

    def cancel_first(method: str, moment: Moment) -> None:
        if (method, moment) == ("start_execution", start):
            sfn.watch(None)
            assert client(sfn).cancel(KEY).status is Status.CANCELLED

    sfn.watch(cancel_first)
    if start is Moment.BEFORE:
        with pytest.raises(TooLate, match="it was cancelled"):
            client(sfn).reschedule(KEY, after=WEEK)
    else:
        client(sfn).reschedule(KEY, after=WEEK)  # it was rescheduled, and then cancelled
    assert client(sfn).get(KEY).status is Status.CANCELLED
    assert waiting_generations(sfn) == []


@pytest.mark.parametrize("method", ["start_execution", "stop_execution"])
def test_client_that_is_always_overtaken_raises_contended(method: str) -> None:
    """It gives up after some tries, and the task of the other client waits."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)

    def reschedule_first(called: str, moment: Moment) -> None:
        if (called, moment) == (method, Moment.BEFORE):
            sfn.watch(None)
            client(sfn).reschedule(KEY, after=2 * HOUR)
            sfn.watch(reschedule_first)

    sfn.watch(reschedule_first)
    with pytest.raises(Contended, match="Try again"):
        _change(sfn, method)
    assert len(waiting_generations(sfn)) == 1


def _change(sfn: FakeStepFunctions, method: str) -> object:
    if method == "stop_execution":
        return client(sfn).cancel(KEY)
    return client(sfn).reschedule(KEY, after=HOUR)
