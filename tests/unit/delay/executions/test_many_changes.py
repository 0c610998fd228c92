"""Cancelling, redriving and moving many tasks: by a prefix or by keys, each with a result, at AWS's rate."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from delay import Change, Delay, InvalidDueTime, InvalidRequest, NoSuchTask, NotRedrivable, Status, TooLate
from delay.testing import FakeClock, FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, client, executions, waiting_generations

DAY = timedelta(days=1)


def schedule_orders(delay: Delay, count: int, after: timedelta = WEEK) -> None:
    for number in range(count):
        delay.schedule({"a": number}, after=after, key=f"order-{number}")


def statuses(changes: Iterator[Change]) -> dict[str, object]:
    """Return each key's new status, or the class of its error."""
    return {change.key: change.task.status if change.task else type(change.error) for change in changes}


def test_all_tasks_of_a_prefix_are_cancelled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Rescheduled ones too, and no others."""
    schedule_orders(delay, 5)
    delay.reschedule("order-3", after=HOUR)
    delay.schedule({"a": 9}, after=WEEK, key="other")
    assert statuses(delay.cancel_many(prefix="order-")) == {
        f"order-{number}": Status.CANCELLED for number in range(5)
    }
    sfn.clock.forward(2 * WEEK)
    assert [call.event["a"] for call in sfn.calls] == [9]


def test_tasks_are_cancelled_by_their_keys(delay: Delay) -> None:
    """A task that is missing or too late has an error, and does not stop the others."""
    schedule_orders(delay, 2)
    found = list(delay.cancel_many(keys=["order-0", "nope", delay.get("order-1")]))
    assert statuses(iter(found)) | {"nope": None} == {
        "order-0": Status.CANCELLED,
        "nope": None,
        "order-1": Status.CANCELLED,
    }
    assert "No task has the key 'nope'" in {change.key: str(change.error) for change in found}["nope"]


def test_result_returns_its_task_or_raises_its_error(delay: Delay) -> None:
    """For callers that expect every change to succeed."""
    schedule_orders(delay, 1)
    (change,) = delay.cancel_many(keys=["order-0"])
    assert change.require() == delay.get("order-0")
    (change,) = delay.cancel_many(keys=["nope"])
    with pytest.raises(NoSuchTask):
        change.require()
    with pytest.raises(ValueError, match="neither a task nor an error"):
        Change("nope").require()


def test_task_that_is_being_called_is_a_result_of_its_own() -> None:
    """It is open, so it is among those of the prefix."""
    sfn = FakeStepFunctions(call_duration=HOUR)
    delay = client(sfn)
    schedule_orders(delay, 1, after=timedelta(0))
    delay.schedule({}, after=WEEK, key="order-1")
    assert statuses(delay.cancel_many(prefix="order-")) == {"order-0": TooLate, "order-1": Status.CANCELLED}


def test_listing_as_keys_is_read_before_the_first_change(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Cancelled tasks leave the listing, and would shift its pages."""
    for number in range(2100):
        sfn.start_execution(
            stateMachineArn=sfn.state_machine_arn, name=f"order-{number}", input='{"expirydate":99999999}'
        )
    assert sum(1 for _ in delay.cancel_many(keys=delay.list(Status.OPEN))) == 2100
    assert waiting_generations(sfn) == []


def test_changes_keep_to_the_rate_of_descriptions(delay: Delay, sfn: FakeStepFunctions) -> None:
    """In us-east-1, 300 are immediate, and 15 a second follow; a cancellation takes four."""
    schedule_orders(delay, 150)
    began = sfn.clock.now()
    sfn.requests.clear()
    assert sum(1 for _ in delay.cancel_many(prefix="order-", concurrency=1)) == 150
    assert sfn.requests.count("describe_execution") == 600
    assert sfn.clock.now() - began >= timedelta(seconds=300 / 15 - 1)


@pytest.mark.parametrize(
    "chosen", [{}, {"prefix": ""}, {"prefix": "order-", "keys": ["order-1"]}, {"prefix": 7}]
)
def test_unclear_choice_is_refused(delay: Delay, sfn: FakeStepFunctions, chosen: dict[str, Any]) -> None:
    """At the call, and before anything is sent: an empty prefix would be every task."""
    for change in (delay.cancel_many, delay.redrive_many):
        with pytest.raises(InvalidRequest):
            change(**chosen)
    with pytest.raises(InvalidRequest):
        delay.reschedule_many(after=HOUR, **chosen)
    assert sfn.requests == []


def test_nothing_is_sent_before_the_first_result_is_fetched(delay: Delay, sfn: FakeStepFunctions) -> None:
    """An iterator that is never used changes nothing."""
    schedule_orders(delay, 1)
    sfn.requests.clear()
    delay.cancel_many(prefix="order-")
    delay.reschedule_many(prefix="order-", to_version="live")
    delay.redrive_many(prefix="order-")
    assert sfn.requests == []


def test_failed_tasks_of_a_prefix_are_redriven() -> None:
    """Those that failed over 14 days ago are left out, and the others are called again."""
    is_broken = True

    def handle(event: dict[str, Any], _context: object) -> object:
        if is_broken:
            raise ValueError(event)
        return "done"

    sfn = FakeStepFunctions(handle)
    delay = client(sfn)
    delay.schedule({}, after=HOUR, key="order-old")
    delay.schedule({}, after=15 * DAY, key="order-1")
    delay.schedule({}, after=15 * DAY, key="order-2")
    delay.schedule({}, after=15 * DAY, key="other")
    sfn.clock.forward(15 * DAY + HOUR)
    assert len(sfn.calls) == 4
    is_broken = False
    assert statuses(delay.redrive_many(prefix="order-")) == {
        "order-1": Status.SUCCEEDED,
        "order-2": Status.SUCCEEDED,
    }
    assert delay.get("other").status is Status.FAILED
    assert statuses(delay.redrive_many(keys=["order-1", "other"])) == {
        "order-1": NotRedrivable,
        "other": Status.SUCCEEDED,
    }


def versions(sfn: FakeStepFunctions) -> dict[str, str]:
    """Return the version of each open execution, by its name."""
    return {
        each["name"]: each.get("stateMachineVersionArn", "").rpartition(":")[2]
        for each in executions(sfn)
        if each["status"] == "RUNNING"
    }


@pytest.fixture
def live(sfn: FakeStepFunctions) -> Delay:
    """A client that starts tasks on an alias, as the stack's output has it."""
    return Delay(f"{sfn.state_machine_arn}:live", sfn, clock=sfn.clock)


def test_waiting_tasks_move_to_another_version(live: Delay, sfn: FakeStepFunctions) -> None:
    """Keys, payloads and due times stay."""
    schedule_orders(live, 3)
    before = [live.get(f"order-{number}") for number in range(3)]
    assert sfn.publish() == 2
    assert set(statuses(live.reschedule_many(prefix="order-", to_version="live"))) == {
        "order-0",
        "order-1",
        "order-2",
    }
    assert set(versions(sfn).values()) == {"2"}
    for task in before:
        moved = live.get(task.key)
        assert (moved.due, moved.payload, moved.generation) == (task.due, task.payload, 2)
    sfn.clock.forward(WEEK)
    assert sorted(call.event["a"] for call in sfn.calls) == [0, 1, 2]


@pytest.mark.parametrize("version", ["live", "2"])
def test_moving_again_moves_only_what_is_left(live: Delay, sfn: FakeStepFunctions, version: str) -> None:
    """So a move that was cut off is repeated, and uses up no generations."""
    schedule_orders(live, 2)
    sfn.publish()
    list(live.reschedule_many(keys=["order-0"], to_version=version))
    for _ in range(2):
        list(live.reschedule_many(prefix="order-", to_version=version))
    assert versions(sfn) == {
        f"order-{number}--g2-{live.get(f'order-{number}').name[-3:]}": "2" for number in range(2)
    }


def test_waiting_tasks_move_to_another_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """To an older version at once, if asked for."""
    schedule_orders(delay, 2)
    at = sfn.clock.now() + HOUR
    assert {change.task.due for change in delay.reschedule_many(prefix="order-", at=at) if change.task} == {
        at
    }
    list(delay.reschedule_many(prefix="order-", after=DAY, to_version="1"))
    assert set(versions(sfn).values()) == {"1"}
    assert delay.get("order-1").due == sfn.clock.now() + DAY


def test_task_due_after_the_window_stays(live: Delay, sfn: FakeStepFunctions) -> None:
    """Its result says what to do."""
    live.schedule({"a": 1}, after=timedelta(days=100), key="order-0")
    sfn.publish()
    (change,) = live.reschedule_many(prefix="order-", to_version="live")
    assert isinstance(change.error, InvalidDueTime)
    assert "Schedule it under another key, then cancel this one" in str(change.error)
    assert versions(sfn) == {"order-0": "1"}


def test_release_that_is_gradual_has_no_version_to_move_to(live: Delay, sfn: FakeStepFunctions) -> None:
    """Which of its two versions a task would get is left to chance."""
    schedule_orders(live, 1)
    routes = [{"stateMachineVersionArn": f"{sfn.state_machine_arn}:{n}", "weight": 50} for n in (1, 2)]
    sfn.describe_state_machine_alias = lambda **_: {"routingConfiguration": routes}  # type: ignore[method-assign]
    with pytest.raises(InvalidRequest, match="stands for 2 versions while a release is gradual"):
        next(live.reschedule_many(prefix="order-", to_version="live"))


@pytest.mark.parametrize("version", ["", "a b", "1:2", "x" * 81])
def test_impossible_version_is_refused(delay: Delay, version: str) -> None:
    """At the call."""
    with pytest.raises(InvalidRequest, match="neither the number of a version nor the name of an alias"):
        delay.reschedule_many(prefix="order-", to_version=version)


def test_move_without_a_goal_is_refused(delay: Delay) -> None:
    """Nothing would change."""
    with pytest.raises(InvalidDueTime, match="there is nothing to change"):
        delay.reschedule_many(prefix="order-")
    with pytest.raises(InvalidDueTime, match="Give either"):
        delay.reschedule_many(prefix="order-", after=HOUR, at=FakeClock().now())
