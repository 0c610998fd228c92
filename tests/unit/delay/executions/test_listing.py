"""Listing tasks: what is cheap, and what is fetched when it is asked for."""

from datetime import timedelta

import pytest

from delay import Delay, Status
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, Killed, client


@pytest.fixture
def many(sfn: FakeStepFunctions) -> Delay:
    """One task in every status."""
    delay = client(sfn)
    delay.schedule({"a": 1}, after=HOUR, key="order-succeeded")
    delay.schedule({}, after=HOUR, key="order-failed")
    sfn.clock.forward(HOUR)
    delay.schedule({"a": 1}, after=WEEK, key="order-cancelled")
    delay.cancel("order-cancelled")
    delay.schedule({"a": 1}, after=WEEK, key="order-moved")
    delay.reschedule("order-moved", after=HOUR)
    delay.schedule({"a": 1}, after=WEEK, key="other")
    return delay


def told(delay: Delay, **question: object) -> dict[str, Status]:
    return {task.key: task.status for task in delay.list(**question)}  # type: ignore[arg-type]


def test_a_listing_is_cheap_and_tells_little(many: Delay, sfn: FakeStepFunctions) -> None:
    """One call for a thousand tasks, without due times; a task that was moved is listed once."""
    sfn.requests.clear()
    assert told(many) == {
        "order-succeeded": Status.SUCCEEDED,
        "order-failed": Status.FAILED,
        "order-cancelled": Status.STOPPED,
        "order-moved": Status.OPEN,
        "other": Status.OPEN,
    }
    assert len(list(many.list())) == 5
    assert {task.due for task in many.list()} == {None}
    assert sfn.requests == ["list_executions"] * 3


def test_due_times_cost_a_call_each(many: Delay, sfn: FakeStepFunctions) -> None:
    """With them come payloads and the whole status."""
    sfn.requests.clear()
    tasks = {task.key: task for task in many.list(due=True)}
    assert tasks["order-moved"] == many.get("order-moved")
    assert tasks["order-cancelled"].status is Status.CANCELLED
    assert len(tasks) == 5
    assert sfn.requests.count("describe_execution") - 4 == 6


@pytest.mark.parametrize(
    ("status", "keys"),
    [
        (Status.OPEN, {"order-moved", "other"}),
        (Status.WAITING, {"order-moved", "other"}),
        (Status.RUNNING, set()),
        (Status.SUCCEEDED, {"order-succeeded"}),
        (Status.FAILED, {"order-failed"}),
        (Status.TIMED_OUT, set()),
        (Status.CANCELLED, {"order-cancelled"}),
        (Status.RESCHEDULED, {"order-moved"}),
        (Status.STOPPED, {"order-cancelled", "order-moved"}),
    ],
)
def test_tasks_of_one_status_can_be_asked_for(many: Delay, status: Status, keys: set[str]) -> None:
    """Those for which only the details tell it, too."""
    assert told(many, status=status) == dict.fromkeys(keys, status)


def test_tasks_of_one_prefix_can_be_asked_for(many: Delay) -> None:
    """Of their keys."""
    assert set(told(many, prefix="ot")) == {"other"}
    assert set(told(many, prefix="order-moved", due=True)) == {"order-moved"}
    assert told(many, prefix="order-moved--") == {}


def test_pages_are_fetched_as_they_are_needed(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Who looks at the latest few asks once, however many there are."""
    for number in range(2500):
        sfn.start_execution(
            stateMachineArn=sfn.state_machine_arn, name=f"order-{number}", input='{"expirydate":9}'
        )
    sfn.requests.clear()
    listing = iter(delay.list())
    assert [next(listing).key for _ in range(3)] == ["order-2499", "order-2498", "order-2497"]
    assert sfn.requests == ["list_executions"]
    assert len(list(listing)) == 2497
    assert sfn.requests == ["list_executions"] * 3


def test_a_listing_says_beforehand_how_long_it_takes(delay: Delay, sfn: FakeStepFunctions) -> None:
    """300 descriptions at once and then 15 a second, in us-east-1; and it takes so long."""
    for number in range(450):
        sfn.start_execution(
            stateMachineArn=sfn.state_machine_arn, name=f"order-{number}", input='{"expirydate":999}'
        )
    assert delay.list().estimate().duration == timedelta(0)
    estimate = delay.list(due=True).estimate()
    assert (estimate.tasks, estimate.duration) == (450, timedelta(seconds=10))
    began = sfn.clock.now()
    assert len(list(delay.list(due=True))) == 450
    assert sfn.clock.now() - began == pytest.approx(timedelta(seconds=10), abs=timedelta(seconds=0.1))


def test_iterating_again_asks_again(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A listing is a question, not an answer."""
    listing = delay.list()
    assert list(listing) == []
    delay.schedule({"a": 1}, after=WEEK, key="order")
    assert [task.key for task in listing] == ["order"]
    assert sfn.clock.now() is not None


def test_both_generations_that_an_interrupted_reschedule_left_are_listed(sfn: FakeStepFunctions) -> None:
    """A listing shows what is there, and mends nothing."""
    delay = client(sfn)
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.fail("stop_execution", Killed())
    with pytest.raises(Killed):
        delay.reschedule("order", after=HOUR)
    assert [(task.key, task.generation) for task in delay.list(Status.WAITING)] == [
        ("order", 2),
        ("order", 1),
    ]
    delay.get("order")
    assert [(task.key, task.generation) for task in delay.list(Status.WAITING)] == [("order", 2)]


def test_what_others_started_is_listed_as_it_is(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Without a due time where the input has none that can be used."""
    for name, text in (("a", '{"expirydate":"11"}'), ("b", "[]"), ("c", '{"expirydate":1e999}'), ("d", "{}")):
        sfn.start_execution(stateMachineArn=sfn.state_machine_arn, name=name, input=text)
    tasks = {task.key: task for task in delay.list(due=True)}
    assert [tasks[key].due for key in "abcd"] == [None] * 4
    assert [tasks[key].payload for key in "abcd"] == [{}, None, {}, {}]
    assert {task.status for task in tasks.values()} == {Status.FAILED}
