"""The Task of an activity waits for a worker: as data, in order, through restarts, and for one worker."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import (
    ActivityAlreadyExists,
    ActivityDoesNotExist,
    ActivityLimitExceeded,
    ActivityWorkerLimitExceeded,
    TaskTimedOut,
)
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.engine.offers import Offers
from stepfunctions_local.language import Failure
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
DAY = 86_400
IN_FULL = {"truncated": False}


def state(**fields: Any) -> dict[str, Any]:
    """Return a state whose Task is an activity's."""
    return {"Work": {"Type": "Task", "Resource": ACTIVITY, "End": True, **fields}}


async def register(harness: Harness, name: str = "work") -> RegisteredActivity:
    """Create an activity."""
    return await harness.engine.activities.create(RegisteredActivity(name, harness.clock.now()))


async def offer(harness: Harness, value: object = None, **fields: Any) -> Execution:
    """Start an execution whose Task is offered to workers."""
    await register(harness)
    execution = await harness.run(state(**fields), value)
    await harness.settle()
    return execution


async def poll(
    harness: Harness, worker: str | None = None, is_connected: Callable[[], bool] = lambda: True
) -> tuple[str, Any] | None:
    """Ask for a Task, and return its token and its input."""
    activity = RegisteredActivity("work", NOW)
    found = await harness.engine.poll(activity, worker, is_connected)
    return found and (found[0], json.loads(found[1]))


async def take(harness: Harness, worker: str | None = None) -> str:
    """Take the next Task, and return its token."""
    found = await poll(harness, worker)
    assert found
    return found[0]


async def succeed(harness: Harness, token: str, value: object = "done") -> None:
    """Send a result."""
    await harness.engine.call_back(token, lambda interpreter: interpreter.succeed(json.dumps(value)))


@pytest.mark.parametrize(("worker", "started"), [("one", {"workerName": "one"}), (None, {})])
async def test_history_of_a_success_is_as_recorded_on_aws(
    harness: Harness, worker: str | None, started: dict[str, str]
) -> None:
    """A worker may have a name."""
    execution = await offer(harness, {"a": 1}, TimeoutSeconds=60, HeartbeatSeconds=10)
    await succeed(harness, await take(harness, worker), [1])
    events = harness.history(execution)[2:6]
    assert [event["previousEventId"] for event in events] == [2, 3, 4, 5]
    assert [event["type"] for event in events] == [
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
    ]
    scheduled = {"resource": ACTIVITY, "input": '{"a":1}', "inputDetails": IN_FULL}
    limits = {"timeoutInSeconds": 60, "heartbeatInSeconds": 10}
    assert json.loads(events[0]["activityScheduledEventDetails"]["input"]) == {"a": 1}
    assert events[0]["activityScheduledEventDetails"] | {"input": '{"a":1}'} == scheduled | limits
    assert events[1]["activityStartedEventDetails"] == started
    assert events[2]["activitySucceededEventDetails"] == {"output": "[1]", "outputDetails": IN_FULL}
    assert harness.now(execution).output == "[1]"


async def test_history_of_a_failure_is_as_recorded_on_aws(harness: Harness) -> None:
    """The execution fails with the worker's error."""
    execution = await offer(harness)
    token = await take(harness)
    await harness.engine.call_back(token, lambda interpreter: interpreter.fail(Failure("Mine", "why")))
    failed, ended = harness.history(execution)[-2:]
    assert failed["activityFailedEventDetails"] == {"error": "Mine", "cause": "why"}
    assert ended["executionFailedEventDetails"] == {"error": "Mine", "cause": "why"}


@pytest.mark.parametrize("was_there", [True, False])
async def test_missing_activity_fails_the_execution_as_recorded_on_aws(
    harness: Harness, *, was_there: bool
) -> None:
    """It was deleted, or never created. Nothing is scheduled."""
    if was_there:
        await harness.engine.activities.delete(await register(harness))
    execution = await harness.run(state())
    assert harness.types(execution) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert harness.history(execution)[-1]["executionFailedEventDetails"] == {
        "error": "States.Runtime",
        "cause": "An error occurred while executing the state 'Work' (entered at the event id #2). "
        f"The activity {ACTIVITY} does not exist.",
    }


async def test_offered_task_waits_for_a_worker_as_data(harness: Harness) -> None:
    """No call is in flight, and only the execution's own time limits the wait."""
    execution = await offer(harness, TimeoutSeconds=60, HeartbeatSeconds=10)
    assert not harness.engine.is_calling
    assert harness.engine.next_due() == NOW + timedelta(days=365)
    await harness.skip(30 * DAY)
    await succeed(harness, await take(harness))
    assert harness.now(execution).stopped == NOW + timedelta(days=30)


async def test_worker_gets_the_input_of_the_history(harness: Harness) -> None:
    """Even one with a random part, which is not computed anew."""
    execution = await offer(harness, Parameters={"id.$": "States.UUID()"})
    scheduled = harness.history(execution)[2]["activityScheduledEventDetails"]
    found = await poll(harness)
    assert found
    assert found[1] == json.loads(scheduled["input"])


async def test_tasks_are_given_in_order_and_once(make_harness: MakeHarness) -> None:
    """A worker that comes too late gets none."""
    harness = await make_harness(poll_seconds=0.01)
    for number in range(3):
        await offer(harness, number)
    found = [await poll(harness) for _ in range(4)]
    assert [each and each[1] for each in found] == [0, 1, 2, None]


async def test_waiting_worker_gets_the_next_task(harness: Harness) -> None:
    """Several get one each, the one that has waited longest first."""
    await register(harness)
    workers = [asyncio.create_task(poll(harness, name)) for name in ("one", "other")]
    await asyncio.sleep(0)
    await offer(harness, "first")
    await offer(harness, "second")
    found = await asyncio.gather(*workers)
    assert [each and each[1] for each in found] == ["first", "second"]


async def test_tasks_of_another_activity_are_not_given(make_harness: MakeHarness) -> None:
    """Each name has its own workers."""
    harness = await make_harness(poll_seconds=0.01)
    await offer(harness)
    other = await register(harness, "other")
    assert await harness.engine.poll(other, None, lambda: True) is None


async def test_worker_that_is_gone_gets_no_task(harness: Harness) -> None:
    """The Task is for the next one, even if the gone one was first."""
    await register(harness)
    connected = True
    gone = asyncio.create_task(poll(harness, "gone", lambda: connected))
    there = asyncio.create_task(poll(harness, "there"))
    await asyncio.sleep(0)
    connected = False
    execution = await offer(harness, "task")
    assert await gone is None
    found = await there
    assert found
    assert harness.history(execution)[-1]["activityStartedEventDetails"] == {"workerName": "there"}


async def test_timeout_counts_from_the_start(harness: Harness) -> None:
    """That is when a worker gets the Task. A late result is refused."""
    execution = await offer(harness, TimeoutSeconds=60)
    await harness.skip(DAY)
    token = await take(harness)
    await harness.skip(59)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(1)
    assert harness.types(execution)[-2:] == ["ActivityTimedOut", "ExecutionFailed"]
    assert harness.now(execution).error == "States.Timeout"
    with pytest.raises(TaskTimedOut):
        await succeed(harness, token)


async def test_heartbeats_keep_a_task(harness: Harness) -> None:
    """A missing one is a timeout, and is caught as States.HeartbeatTimeout."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}]
    await register(harness)
    states = state(HeartbeatSeconds=10, Catch=catch) | {"Late": {"Type": "Pass", "End": True}}
    execution = await harness.run(states)
    await harness.settle()
    token = await take(harness)
    for _ in range(3):
        await harness.skip(9)
        await harness.engine.call_back(token, Interpreter.heartbeat)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(10)
    assert harness.now(execution).output == '{"Error":"States.Timeout","Cause":""}'


async def test_retry_is_offered_anew(harness: Harness) -> None:
    """It has a token of its own; the earlier one is refused."""
    execution = await offer(harness, Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5}])
    first = await take(harness)
    await harness.engine.call_back(first, lambda interpreter: interpreter.fail(Failure("Again")))
    await harness.skip(5)
    second = await take(harness)
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    await succeed(harness, second)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_stopped_execution_withdraws_its_task(make_harness: MakeHarness) -> None:
    """No worker gets it."""
    harness = await make_harness(poll_seconds=0.01)
    execution = await offer(harness)
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    assert await poll(harness) is None


async def test_redrive_offers_the_task_again(harness: Harness) -> None:
    """The worker had failed it."""
    execution = await offer(harness)
    token = await take(harness)
    await harness.engine.call_back(token, lambda interpreter: interpreter.fail(Failure("Mine")))
    await harness.engine.redrive(harness.engine.arn(execution))
    await succeed(harness, await take(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_branches_of_a_map_are_offered_one_by_one(harness: Harness) -> None:
    """Their results arrive in any order."""
    await register(harness)
    processor = {"StartAt": "Work", "States": state()}
    execution = await harness.run(
        {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}, ["a", "b", "c"]
    )
    await harness.settle()
    found = [await poll(harness) for _ in range(3)]
    for token, value in reversed([each for each in found if each]):
        await succeed(harness, token, value)
    assert harness.now(execution).output == '["a","b","c"]'


async def test_task_of_a_failed_parallel_is_withdrawn(make_harness: MakeHarness) -> None:
    """The other branch failed."""
    harness = await make_harness(poll_seconds=0.01)
    await register(harness)
    failing = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "No"}}}
    branches = [{"StartAt": "Work", "States": state()}, failing]
    execution = await harness.run({"Both": {"Type": "Parallel", "Branches": branches, "End": True}})
    await harness.settle()
    assert harness.now(execution).error == "No"
    assert await poll(harness) is None


async def test_large_result_fails_as_on_aws(harness: Harness) -> None:
    """A Task's result is bounded."""
    execution = await offer(harness)
    await succeed(harness, await take(harness), "x" * 300_000)
    assert harness.now(execution).error == "States.DataLimitExceeded"


async def test_mocked_activity_needs_no_worker(harness: Harness) -> None:
    """Nor does it have to exist."""
    config = {
        "StateMachines": {"test": {"TestCases": {"Case": {"Work": "Done"}}}},
        "MockedResponses": {"Done": {"0": {"Return": "mocked"}}},
    }
    harness.engine._mock_config = MockConfig.of(config)  # noqa: SLF001 - as if it had been started with it
    target = harness.engine.catalog.target(await harness.create(state()))
    mocks = harness.engine.find_mocks(target, "Case")
    execution = await harness.engine.start(target, None, "{}", mocks=mocks)
    assert harness.now(execution).output == '"mocked"'
    assert harness.types(execution)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


async def test_deleted_activity_keeps_its_tasks_for_the_next_one(harness: Harness) -> None:
    """Both have the same ARN."""
    execution = await offer(harness)
    await harness.engine.activities.delete(await register(harness))
    await register(harness)
    await succeed(harness, await take(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_creation_is_idempotent_except_for_the_encryption(harness: Harness) -> None:
    """Other tags are ignored, as AWS documents it."""
    first = await register(harness)
    tagged = RegisteredActivity("work", NOW + timedelta(days=1), {"team": "orders"})
    assert await harness.engine.activities.create(tagged) == first
    encrypted = RegisteredActivity("work", NOW, encryption={"type": "CUSTOMER_MANAGED_KMS_KEY"})
    with pytest.raises(ActivityAlreadyExists):
        await harness.engine.activities.create(encrypted)


async def test_number_of_activities_is_limited(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """An existing one can still be created again."""
    monkeypatch.setattr("stepfunctions_local.engine.activities.MAX_ACTIVITIES", 2)
    for name in ("work", "other", "work"):
        await register(harness, name)
    with pytest.raises(ActivityLimitExceeded, match="there are 2 activities"):
        await register(harness, "third")


async def test_number_of_waiting_workers_is_limited(make_harness: MakeHarness) -> None:
    """Workers that are gone make room."""
    harness = await make_harness(max_workers=2)
    await register(harness)
    connected = True
    waiting = [asyncio.create_task(poll(harness, None, lambda: connected)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ActivityWorkerLimitExceeded):
        await poll(harness)
    connected = False
    last = asyncio.create_task(poll(harness))
    await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [None, None]
    await offer(harness, "task")
    found = await last
    assert found
    assert found[1] == "task"


async def test_worker_cancelled_when_woken_passes_the_task_on() -> None:
    """Its time was over in that very moment."""
    offers = Offers(9)
    first, second = (asyncio.create_task(offers.take("a", lambda: True)) for _ in range(2))
    await asyncio.sleep(0)
    offers.add(7, "a")
    first.cancel()
    assert await second == 7
    assert (len(offers), offers.waiting_workers) == (0, 0)


async def test_waiting_workers_are_dismissed_when_the_endpoint_closes(harness: Harness) -> None:
    """They get an answer without a Task, and so do later ones."""
    await register(harness)
    waiting = asyncio.create_task(poll(harness))
    await asyncio.sleep(0)
    harness.engine.dismiss_workers()
    assert await waiting is None
    await offer(harness)
    assert await poll(harness) is None


async def test_worker_cancelled_while_it_waits_leaves_nothing() -> None:
    """The next Task stays for another."""
    offers = Offers(9)
    worker = asyncio.create_task(offers.take("a", lambda: True))
    await asyncio.sleep(0)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert offers.waiting_workers == 0
    offers.add(7, "a")
    assert await offers.take("a", lambda: True) == 7


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_activities_survive_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """So do their tags and their deletion."""
    async with running(tmp_path / "a", clock) as harness:
        await harness.engine.activities.tag(await register(harness), {"team": "orders"})
        await harness.engine.activities.delete(await register(harness, "gone"))
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        activities = harness.engine.activities
        assert activities.find(ACTIVITY) == RegisteredActivity("work", NOW, {"team": "orders"})
        with pytest.raises(ActivityDoesNotExist):
            activities.find(ACTIVITY.replace("work", "gone"))


async def test_offered_tasks_survive_a_crash_in_order(clock: ManualClock, tmp_path: Path) -> None:
    """A worker gets them a month later, with their inputs."""
    async with running(tmp_path / "a", clock) as harness:
        for number in range(3):
            clock.advance(timedelta(seconds=1))
            await offer(harness, number, TimeoutSeconds=60)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=30))
    async with running(left, clock) as harness:
        await harness.settle()
        found = [await poll(harness) for _ in range(3)]
        assert [each and each[1] for each in found] == [0, 1, 2]


async def test_task_of_a_worker_survives_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """It is not offered again: its worker may be at it, and its token stays valid."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await offer(harness, TimeoutSeconds=60)
        token = await take(harness, "one")
        left = harness.crash(tmp_path / "b")
    async with running(left, clock, poll_seconds=0.01) as harness:
        assert harness.types(execution)[-1] == "ActivityStarted"
        assert await poll(harness) is None
        await succeed(harness, token)
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        assert harness.now(execution).output == '"done"'


async def test_time_of_a_worker_survives_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """The Task of a worker that never answers times out meanwhile."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await offer(harness, TimeoutSeconds=60)
        await take(harness)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=60))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).error == "States.Timeout"


async def test_task_offered_and_withdrawn_in_one_turn_is_not_given(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The other branch of its Parallel failed before anything was on disk."""
    async with running(tmp_path, clock, poll_seconds=0.01) as harness:
        await register(harness)
        failing = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "No"}}}
        branches = [{"StartAt": "Work", "States": state()}, failing]
        execution = await harness.run({"Both": {"Type": "Parallel", "Branches": branches, "End": True}})
        await harness.settle()
        assert harness.now(execution).error == "No"
        assert await poll(harness) is None


async def test_nothing_is_given_before_it_is_on_disk(clock: ManualClock, tmp_path: Path) -> None:
    """A crash right after the answer finds the start in the history."""
    async with running(tmp_path / "a", clock) as harness:
        await register(harness)
        worker = asyncio.create_task(poll(harness, "one"))
        await asyncio.sleep(0)
        execution = await harness.run(state())
        assert await worker
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.types(execution)[-1] == "ActivityStarted"
