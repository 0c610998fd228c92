"""FakeTaskTable: the behaviour on which the tests of a service can rely."""

from datetime import timedelta
from typing import Any

import pytest

from delay import Delay, NoSuchTask, Request, Status, Throttled
from delay.testing import Call, FakeClock, FakeTaskTable, Moment

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
CENTURIES = timedelta(days=100_000)


def open_delay(table: FakeTaskTable) -> Delay:
    """Return a client of the fake, as a service's test opens it."""
    return Delay(table.arn, backend=table)


@pytest.mark.parametrize(
    "after", [0 * SECOND, 59 * SECOND, 3 * HOUR, timedelta(days=400), CENTURIES], ids=str
)
def test_task_is_called_at_its_second(after: timedelta) -> None:
    """However far ahead: minutes without tasks take no time."""
    table = FakeTaskTable()
    due = open_delay(table).schedule({"order": 42}, after=after).due
    if after:
        table.clock.forward(after - SECOND)
        assert not table.calls
        table.clock.forward(SECOND)
    (call,) = table.calls
    assert (call.event["order"], call.time) == (42, due)


def test_function_gets_an_event_and_a_context_like_a_lambda_handler() -> None:
    """The handler of the application finds the task in it, also after a move."""
    table = FakeTaskTable(lambda event, call: [event, call.client_context.custom["startTime"]])
    delay = open_delay(table)
    delay.schedule({"order": 42}, after=HOUR, key="order-42")
    table.clock.forward(HOUR / 2)
    task = delay.reschedule("order-42", after=HOUR)
    table.clock.forward(HOUR)
    done = delay.get(task)
    assert done.output == [{"expirydate": 3600, "order": 42}, "2026-11-24T12:30:00.000Z"]
    assert table.calls[0].execution_arn == task.arn


def test_failing_function_is_called_again_later_each_time() -> None:
    """After its last attempt the task has failed, and its letter is in the dead-letter queue."""
    table = FakeTaskTable(_fail, attempts=3)
    delay = open_delay(table)
    task = delay.schedule({}, after=HOUR, key="order-42")
    table.clock.forward(2 * HOUR)
    assert [(call.time - task.due).total_seconds() for call in table.calls] == [0, 10, 30]
    assert delay.get(task).status is Status.FAILED
    letters = Delay(table.arn, backend=table, dead_letter_queue_url=table.dead_letter_queue_url)
    assert [letter.key for letter in letters.dead_letters().look()] == ["order-42"]


def test_function_may_schedule_the_next_task() -> None:
    """Its time is the clock's, which a test may have moved further than to the call."""
    table = FakeTaskTable(
        lambda event, _call: event["n"] and delay.schedule({"n": event["n"] - 1}, after=HOUR).key
    )
    delay = open_delay(table)
    delay.schedule({"n": 2}, after=HOUR)
    for _ in range(3):
        table.clock.forward(HOUR)
        assert table.calls
    assert [call.event["n"] for call in table.calls] == [2, 1, 0]


def test_fault_is_raised_as_boto3_raises_it() -> None:
    """Before or after the operation took effect."""
    table = FakeTaskTable()
    delay = Delay(table.arn, backend=table, patience=timedelta(0))
    table.fail("put_slot", "ThrottlingException")
    with pytest.raises(Throttled):
        delay.schedule({}, after=HOUR, key="a")
    with pytest.raises(NoSuchTask):
        delay.get("a")
    table.fail("write", ConnectionResetError(), moment=Moment.AFTER)
    with pytest.raises(ConnectionResetError):
        delay.schedule({}, after=HOUR, key="a")
    assert delay.get("a").status is Status.WAITING


def test_clock_may_be_shared_with_other_fakes() -> None:
    """The client has it by itself."""
    clock = FakeClock()
    table = FakeTaskTable(clock=clock)
    delay = open_delay(table)
    assert delay.clock.now() == clock.now()
    delay.wait(delay.schedule({}, after=HOUR))
    assert clock.now() >= FakeClock().now() + HOUR


def test_many_tasks_are_called_in_the_order_of_their_times() -> None:
    """Each once."""
    table = FakeTaskTable()
    requests = [Request({"n": n}, after=timedelta(minutes=7 * n), key=f"{n}") for n in reversed(range(50))]
    assert not any(result.error for result in open_delay(table).schedule_many(requests))
    table.clock.forward(timedelta(days=1))
    assert [call.event["n"] for call in table.calls] == list(range(50))


def _fail(_event: dict[str, Any], _call: Call) -> None:
    raise ValueError("no such order")
