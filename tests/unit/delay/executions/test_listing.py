"""Listing tasks: a cheap default, and details on request."""

from datetime import timedelta

import pytest

from delay import Delay, Status
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, Killed, client


@pytest.fixture
def client_with_tasks(sfn: FakeStepFunctions) -> Delay:
    """A client with one task in each status."""
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


def list_statuses(delay: Delay, **filters: object) -> dict[str, Status]:
    return {task.key: task.status for task in delay.list(**filters)}  # type: ignore[arg-type]


def test_listing_without_due_times_takes_one_call(client_with_tasks: Delay, sfn: FakeStepFunctions) -> None:
    """The call covers a thousand tasks, and a rescheduled task is listed once."""
    sfn.requests.clear()
    assert list_statuses(client_with_tasks) == {
        "order-succeeded": Status.SUCCEEDED,
        "order-failed": Status.FAILED,
        "order-cancelled": Status.STOPPED,
        "order-moved": Status.OPEN,
        "other": Status.OPEN,
    }
    assert len(list(client_with_tasks.list())) == 5
    assert {task.due for task in client_with_tasks.list()} == {None}
    assert sfn.requests == ["list_executions"] * 3


def test_due_times_take_one_call_each(client_with_tasks: Delay, sfn: FakeStepFunctions) -> None:
    """Payloads and exact statuses come with them."""
    sfn.requests.clear()
    tasks = {task.key: task for task in client_with_tasks.list(due=True)}
    assert tasks["order-moved"] == client_with_tasks.get("order-moved")
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
def test_tasks_can_be_filtered_by_status(client_with_tasks: Delay, status: Status, keys: set[str]) -> None:
    """This includes the statuses that only the details show."""
    assert list_statuses(client_with_tasks, status=status) == dict.fromkeys(keys, status)


def test_tasks_can_be_filtered_by_prefix(client_with_tasks: Delay) -> None:
    """It is a prefix of the key, not of the execution's name."""
    assert set(list_statuses(client_with_tasks, prefix="ot")) == {"other"}
    assert set(list_statuses(client_with_tasks, prefix="order-moved", due=True)) == {"order-moved"}
    assert list_statuses(client_with_tasks, prefix="order-moved--") == {}


def test_pages_are_fetched_on_demand(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The latest few of any number of tasks take one call."""
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


def test_estimate_of_a_listing_matches_its_duration(delay: Delay, sfn: FakeStepFunctions) -> None:
    """In us-east-1, 300 descriptions are immediate, and 15 a second follow."""
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


def test_second_iteration_lists_again(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A listing is a query, and keeps no result."""
    listing = delay.list()
    assert list(listing) == []
    delay.schedule({"a": 1}, after=WEEK, key="order")
    assert [task.key for task in listing] == ["order"]
    assert sfn.clock.now() is not None


def test_listing_shows_both_generations_after_an_interruption(sfn: FakeStepFunctions) -> None:
    """A listing shows the executions as they are, and reconciles nothing."""
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


def test_execution_started_by_another_client_is_listed(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It has no due time if its input has no valid delay."""
    for name, text in (("a", '{"expirydate":"11"}'), ("b", "[]"), ("c", '{"expirydate":1e999}'), ("d", "{}")):
        sfn.start_execution(stateMachineArn=sfn.state_machine_arn, name=name, input=text)
    tasks = {task.key: task for task in delay.list(due=True)}
    assert [tasks[key].due for key in "abcd"] == [None] * 4
    assert [tasks[key].payload for key in "abcd"] == [{}, None, {}, {}]
    assert {task.status for task in tasks.values()} == {Status.FAILED}
