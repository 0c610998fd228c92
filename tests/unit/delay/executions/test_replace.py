"""`schedule(replace=True)`: the latest request wins, in every order and after every crash."""

from contextlib import suppress
from datetime import timedelta

import pytest

from delay import Delay, DuplicateKey, InvalidDueTime, InvalidRequest, KeyUsedUp, Request, Status, TooLate
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, KEY, WEEK, Killed, client, schedule_task, waiting_generations


def test_waiting_task_gets_the_new_payload_and_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It is called once, with the latest payload."""
    schedule_task(sfn)
    task = delay.schedule({"a": 2}, after=HOUR, key=KEY, replace=True)
    assert (task.status, task.payload, task.generation) == (Status.WAITING, {"a": 2}, 2)
    assert delay.get(KEY) == task
    sfn.clock.forward(2 * WEEK)
    assert [call.event["a"] for call in sfn.calls] == [2]
    assert delay.get(KEY).output == {"did": 2}


def test_key_without_a_task_gets_one(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It takes one call, as without `replace`."""
    assert delay.schedule({"a": 1}, after=HOUR, key=KEY, replace=True).generation == 1
    assert sfn.requests == ["start_execution"]


def test_repeated_request_returns_the_existing_task(delay: Delay, sfn: FakeStepFunctions) -> None:
    """So a request whose answer was lost can be repeated, however often."""
    schedule_task(sfn)
    due = sfn.clock.now() + HOUR
    tasks = [delay.schedule({"a": 2}, at=due, key=KEY, replace=True) for _ in range(3)]
    assert tasks[0] == tasks[1] == tasks[2]
    assert waiting_generations(sfn) == [2]


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("nth", range(9))
def test_replacement_that_was_cut_off_is_complete_when_repeated(
    sfn: FakeStepFunctions, nth: int, moment: Moment
) -> None:
    """Whichever call the client was killed before or after."""
    schedule_task(sfn)
    due = sfn.clock.now() + HOUR
    calls = 0

    def kill(_method: str, at: Moment) -> None:
        nonlocal calls
        calls += at is moment
        if calls > nth:
            raise Killed

    sfn.watch(kill)
    with suppress(Killed):
        client(sfn).schedule({"a": 2}, at=due, key=KEY, replace=True)
    sfn.watch(None)
    assert client(sfn).schedule({"a": 2}, at=due, key=KEY, replace=True).payload == {"a": 2}
    sfn.clock.forward(2 * WEEK)
    assert [call.event["a"] for call in sfn.calls] == [2]


def test_latest_of_two_replacements_wins(sfn: FakeStepFunctions) -> None:
    """The one that finds its generation taken replaces the other's."""
    schedule_task(sfn)
    other = client(sfn)
    is_first = True

    def interfere(method: str, moment: Moment) -> None:
        nonlocal is_first
        if is_first and method == "describe_execution" and moment is Moment.AFTER:
            is_first = False
            other.schedule({"a": 3}, after=2 * HOUR, key=KEY, replace=True)

    sfn.watch(interfere)
    task = client(sfn).schedule({"a": 2}, after=HOUR, key=KEY, replace=True)
    assert task.payload == {"a": 2}
    sfn.clock.forward(2 * WEEK)
    assert [call.event["a"] for call in sfn.calls] == [2]


def test_task_that_is_being_called_is_not_replaced(sfn: FakeStepFunctions) -> None:
    """Its call goes on."""
    running = FakeStepFunctions(call_duration=HOUR)
    schedule_task(running, after=HOUR)
    running.clock.forward(HOUR + timedelta(minutes=1))
    with pytest.raises(TooLate, match="can no longer be replaced: it has been due"):
        client(running).schedule({"a": 2}, after=HOUR, key=KEY, replace=True)
    running.clock.forward(WEEK)
    assert len(running.calls) == 1
    assert sfn.calls == ()


def test_ended_task_is_not_replaced(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Step Functions keeps its name for 90 days."""
    schedule_task(sfn)
    delay.cancel(KEY)
    with pytest.raises(KeyUsedUp):
        delay.schedule({"a": 2}, after=HOUR, key=KEY, replace=True)


def test_replacement_has_the_bounds_of_a_reschedule(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The key is forgotten after 90 days, and the task stays as it was."""
    schedule_task(sfn)
    with pytest.raises(InvalidDueTime, match="within 89 days"):
        delay.schedule({"a": 2}, after=timedelta(days=90), key=KEY, replace=True)
    assert delay.get(KEY).payload == {"a": 1}


def test_without_replace_the_first_request_wins(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The message names the option."""
    schedule_task(sfn)
    with pytest.raises(DuplicateKey, match="schedule with replace=True"):
        delay.schedule({"a": 2}, after=HOUR, key=KEY)


def test_replacement_needs_a_key(delay: Delay) -> None:
    """A new key has no task to replace."""
    with pytest.raises(InvalidRequest, match="Give the key of the task to replace"):
        delay.schedule({"a": 2}, after=HOUR, replace=True)


def test_many_requests_can_replace(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Each as it says itself."""
    for number in range(3):
        delay.schedule({"a": number}, after=WEEK, key=f"order-{number}")
    requests = [Request({"a": 9}, HOUR, key=f"order-{n}", replace=n < 2) for n in range(3)]
    results = {result.request.key: result for result in delay.schedule_many(requests)}
    assert results["order-0"].task == delay.get("order-0")
    assert delay.get("order-1").payload == {"a": 9}
    assert isinstance(results["order-2"].error, DuplicateKey)
    assert sfn.calls == ()
