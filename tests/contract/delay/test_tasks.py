"""The life of tasks: Step Functions in memory, the local endpoint and a table behave the same."""

from datetime import timedelta

import pytest

from delay import (
    Delay,
    DuplicateKey,
    KeyUsedUp,
    NoSuchTask,
    NotRedrivable,
    Request,
    Status,
    StillOpen,
    TooLate,
)
from tests.contract.delay.world import ExecutionWorld, World, executions_only, table_only

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
KEY = "order-42-confirm"


def test_task_waits_a_week_and_calls_the_function(world: World, delay: Delay) -> None:
    """The function gets the payload and the delay, and its answer is the output."""
    task = delay.schedule({"a": 1233333, "name": "Zoë"}, after=WEEK, key=KEY)
    assert delay.get(KEY) == task
    assert (task.status, task.payload) == (Status.WAITING, {"a": 1233333, "name": "Zoë"})
    world.forward(WEEK + timedelta(seconds=1))
    done = delay.get(KEY)
    assert done.status is Status.SUCCEEDED
    event = {"expirydate": 604_800, "a": 1233333, "name": "Zoë"}
    assert done.output == {"event": event, "execution": task.arn}
    assert done.due == task.due
    assert done.ended is not None
    assert done.ended >= task.due


def test_same_task_again_returns_the_existing_task(world: World, delay: Delay) -> None:
    """It may come later, with the same time or the same delay. A different task is a conflict."""
    due = world.clock.now() + WEEK
    task = delay.schedule({"a": 1}, at=due, key=KEY)
    world.forward(HOUR)
    assert world.client().schedule({"a": 1}, at=due, key=KEY) == task
    assert delay.schedule({"a": 1}, after=WEEK, key=KEY) == task
    with pytest.raises(DuplicateKey, match="its payload differs"):
        delay.schedule({"a": 2}, at=due, key=KEY)
    with pytest.raises(DuplicateKey, match="it is due"):
        delay.schedule({"a": 1}, after=WEEK + HOUR, key=KEY)


def test_used_up_key_is_distinguished_from_an_unknown_one(world: World, delay: Delay) -> None:
    """An unknown key raises NoSuchTask, and a used-up one KeyUsedUp."""
    with pytest.raises(NoSuchTask):
        delay.get(KEY)
    delay.schedule({}, after=HOUR, key=KEY)
    world.forward(2 * HOUR)
    with pytest.raises(KeyUsedUp, match="SUCCEEDED"):
        delay.schedule({}, after=WEEK, key=KEY)


def test_cancelled_task_is_never_called(world: World, delay: Delay) -> None:
    """Its history ends without a call."""
    task = delay.schedule({}, after=WEEK, key=KEY)
    cancelled = delay.cancel(task)
    assert (cancelled.status, cancelled.error) == (Status.CANCELLED, "Delay.Cancelled")
    world.forward(2 * WEEK)
    assert tuple(event["type"] for event in delay.history(KEY)) == world.kind.cancelled_events
    assert delay.cancel(KEY) == cancelled


def test_called_task_can_be_neither_cancelled_nor_rescheduled(world: World, delay: Delay) -> None:
    """It keeps its output."""
    delay.schedule({}, after=HOUR, key=KEY)
    world.forward(2 * HOUR)
    with pytest.raises(TooLate, match="SUCCEEDED"):
        delay.cancel(KEY)
    with pytest.raises(TooLate, match="SUCCEEDED"):
        delay.reschedule(KEY, after=WEEK)
    assert delay.get(KEY).output is not None


@pytest.mark.parametrize("moves", [1, 2, 5])
def test_rescheduled_task_is_called_once_at_its_last_time(world: World, delay: Delay, moves: int) -> None:
    """Its payload stays the same."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    for number in range(moves):
        task = world.client().reschedule(KEY, after=(number + 2) * WEEK)
    assert (task.generation, delay.get(KEY)) == (moves + 1, task)
    world.forward((moves + 1) * WEEK + HOUR)
    statuses = [done.status for done in delay.list(due=True)]
    assert statuses == [Status.SUCCEEDED]
    assert delay.get(KEY).output["event"]["a"] == 1


@executions_only
def test_error_of_a_former_generation_says_that_it_was_rescheduled(
    world: ExecutionWorld, delay: Delay
) -> None:
    """Its name is the key."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    delay.reschedule(KEY, after=2 * WEEK)
    assert world.execution(KEY)["error"] == "Delay.Rescheduled"


@executions_only
def test_next_client_completes_an_interrupted_reschedule(world: ExecutionWorld, delay: Delay) -> None:
    """The killed client had started a generation, and not stopped the one before."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    second = delay.reschedule(KEY, after=2 * WEEK)
    started = {"stateMachineArn": world.state_machine_arn, "input": '{"expirydate":86400,"a":1}'}
    world.sfn.start_execution(**started, name=second.name.replace("--g2", "--g3"))
    assert delay.get(KEY).generation == 3
    assert world.execution(second.name)["status"] == "ABORTED"
    assert delay.cancel(KEY).generation == 3


def test_failed_task_has_its_error_and_can_be_redriven(world: World, delay: Delay) -> None:
    """Its function is called again, and fails again."""
    delay.schedule({"fail": "no such order"}, after=HOUR, key=KEY)
    with pytest.raises(NotRedrivable, match="WAITING"):
        delay.redrive(KEY)
    world.forward(2 * HOUR)
    task = delay.get(KEY)
    assert (task.status, task.error) == (Status.FAILED, "ValueError")
    assert "no such order" in (task.cause or "")
    redriven = delay.wait(delay.redrive(KEY))
    assert redriven.status is Status.FAILED


@executions_only
def test_redrive_is_in_the_history_and_ends_after_two_weeks(world: World, delay: Delay) -> None:
    """Step Functions refuses it then."""
    delay.schedule({"fail": "no such order"}, after=HOUR, key=KEY)
    world.forward(2 * HOUR)
    delay.wait(delay.redrive(KEY))
    types = [event["type"] for event in delay.history(KEY)]
    assert types.count("TaskScheduled") == 2
    assert types.count("ExecutionRedriven") == 1
    world.forward(timedelta(days=15))
    with pytest.raises(NotRedrivable, match="14 days"):
        delay.redrive(KEY)


@table_only
def test_table_forgets_a_task_after_its_keep(world: World, delay: Delay) -> None:
    """The key is then free for another task, also before DynamoDB deletes the row."""
    delay.schedule({"fail": "no such order"}, after=HOUR, key=KEY)
    world.forward(timedelta(days=91))
    for operation in (delay.get, delay.redrive, delay.cancel):
        with pytest.raises(NoSuchTask, match="forgets a task 90d after its end"):
            operation(KEY)
    assert delay.schedule({"a": 2}, after=HOUR, key=KEY).status is Status.WAITING


def test_redriven_task_can_no_longer_be_cancelled(world: World, delay: Delay) -> None:
    """Its function was called before it failed, so the call and its retries go on."""
    delay.schedule({"fail": "no such order"}, after=HOUR, key=KEY)
    world.forward(2 * HOUR)
    assert delay.get(KEY).status is Status.FAILED
    delay.redrive(KEY)
    with pytest.raises(TooLate):
        delay.cancel(KEY)
    with pytest.raises(TooLate):
        delay.reschedule(KEY, after=HOUR)
    assert delay.wait(KEY).status is Status.FAILED


@executions_only
def test_cancelled_task_that_was_redriven_by_hand_can_be_cancelled(
    world: ExecutionWorld, delay: Delay
) -> None:
    """Its function was never called. It waits again for its delay, from the redrive on."""
    task = delay.cancel(delay.schedule({}, after=HOUR, key=KEY))
    with pytest.raises(NotRedrivable, match="CANCELLED"):
        delay.redrive(KEY)
    world.forward(2 * HOUR)
    world.sfn.redrive_execution(executionArn=task.arn)
    assert delay.get(KEY).status.is_open
    assert delay.cancel(KEY).status is Status.CANCELLED
    world.forward(2 * HOUR)
    assert "TaskScheduled" not in [event["type"] for event in delay.history(KEY)]


def test_wait_returns_the_ended_task(delay: Delay) -> None:
    """A timeout raises StillOpen."""
    delay.schedule({}, after=24 * HOUR, key=KEY)
    with pytest.raises(StillOpen):
        delay.wait(KEY, timeout=HOUR)
    assert delay.wait(KEY).status is Status.SUCCEEDED


def test_tasks_are_listed_by_status_and_prefix(
    world: World, delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is more than one page of them."""
    module, name = world.kind.page
    monkeypatch.setattr(module, name, 10)
    requests = [Request({"n": number}, after=WEEK, key=f"order-{number}") for number in range(110)]
    results = list(delay.schedule_many(requests))
    assert [result.error for result in results] == [None] * 110
    delay.cancel("order-7")
    assert sum(1 for _ in delay.list(Status.OPEN)) == 109
    assert {task.key for task in delay.list(prefix="order-10")} == {
        "order-10",
        *(f"order-10{digit}" for digit in range(10)),
    }
    assert [task.key for task in delay.list(Status.CANCELLED)] == ["order-7"]
    (task,) = (task for task in delay.list(Status.OPEN, prefix="order-109", due=True))
    assert task == delay.get("order-109")


@executions_only
def test_open_tasks_are_counted_before_they_are_listed(delay: Delay) -> None:
    """The number comes from pages without details."""
    for number in range(3):
        delay.schedule({}, after=WEEK, key=f"order-{number}")
    assert delay.list(Status.OPEN).estimate().tasks == 3


@executions_only
def test_execution_started_by_another_client_is_a_task(world: ExecutionWorld, delay: Delay) -> None:
    """The AWS CLI or another SDK needs only a name and an input."""
    task_input = ' {"a": 1, "expirydate": 3600} '
    world.sfn.start_execution(stateMachineArn=world.state_machine_arn, name="other", input=task_input)
    task = delay.get("other")
    assert task.payload == {"a": 1}
    assert task.due == task.started + HOUR
    assert delay.reschedule("other", after=WEEK).payload == {"a": 1}


@executions_only
def test_input_without_a_delay_fails_at_once(world: ExecutionWorld, delay: Delay) -> None:
    """The task has no due time."""
    world.sfn.start_execution(stateMachineArn=world.state_machine_arn, name="other", input='{"a": 1}')
    world.forward(timedelta(seconds=1))
    task = delay.get("other")
    assert (task.status, task.error, task.due) == (Status.FAILED, "States.Runtime", None)
    with pytest.raises(TooLate, match="FAILED"):
        delay.cancel("other")
