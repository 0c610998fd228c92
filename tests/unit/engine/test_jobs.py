"""A Task with `.sync` waits for the execution that it started."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine import dispatcher
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}
ELSEWHERE = "arn:aws:states:us-east-1:123456789012:execution:elsewhere:1"


def build_start_state(pattern: str = "sync", **fields: Any) -> dict[str, Any]:
    """Return a Task state that starts an execution and waits for it."""
    resource = f"arn:aws:states:::states:startExecution.{pattern}"
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"StateMachineArn": "m"},
        "End": True,
        **fields,
    }


async def start_child(harness: Harness, seconds: int = 60) -> str:
    """Start a waiting execution as a job, and return its ARN."""
    arn = await harness.create(WAIT, "child")
    return harness.engine.arn(await harness.start(arn, {"expirydate": seconds}))


async def start_parent(harness: Harness, job: str, name: str = "parent", **fields: Any) -> Execution:
    """Start an execution that waits for a job."""
    harness.tasks.will_return("started", job)
    execution = await harness.run({"Start": build_start_state(**fields)}, name=name)
    await harness.settle()
    return execution


async def test_history_of_a_job_is_as_recorded_on_aws(harness: Harness) -> None:
    """TaskSubmitted has the result of the call, TaskSucceeded that of the job."""
    job = await start_child(harness)
    execution = await start_parent(harness, job)
    harness.tasks.jobs[job] = CallResult('"done"')
    await harness.skip(60)
    events = harness.history(execution)
    assert [event["type"] for event in events[2:6]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]
    resource = {"resourceType": "states", "resource": "startExecution.sync"}
    whole = {"outputDetails": {"truncated": False}}
    assert events[4]["taskSubmittedEventDetails"] == resource | whole | {"output": '"started"'}
    assert events[5]["taskSucceededEventDetails"] == resource | whole | {"output": '"done"'}
    assert harness.now(execution).output == '"done"'


async def test_running_job_keeps_no_call_in_flight(harness: Harness) -> None:
    """The parent ends at the same moment as the job."""
    job = await start_child(harness, 30 * 86_400)
    execution = await start_parent(harness, job)
    assert not harness.engine.is_calling
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(30 * 86_400)
    assert harness.now(execution).stopped == NOW + timedelta(days=30)


async def test_failed_job_fails_its_task(harness: Harness) -> None:
    """Error and cause are those of the job."""
    job = await start_child(harness)
    execution = await start_parent(harness, job)
    harness.tasks.jobs[job] = Failure("States.TaskFailed", "{}")
    await harness.engine.stop(job, None, None)
    await harness.settle()
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.TaskFailed", "{}")
    assert harness.types(execution)[-2:] == ["TaskFailed", "ExecutionFailed"]


async def test_job_that_ends_before_its_call_returns_is_polled(harness: Harness) -> None:
    """It is over when the call that started it returns."""
    job = await start_child(harness, 0)
    harness.tasks.jobs[job] = CallResult('"done"')
    execution = await start_parent(harness, job)
    assert harness.now(execution).output == '"done"'


async def test_job_beyond_its_timeout_times_out(harness: Harness) -> None:
    """Its later result is ignored."""
    job = await start_child(harness)
    execution = await start_parent(harness, job, TimeoutSeconds=59)
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(59)
    assert harness.now(execution).error == "States.Timeout"
    await harness.skip(1)
    assert harness.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_two_executions_wait_for_one_job(harness: Harness) -> None:
    """Both get its result."""
    job = await start_child(harness)
    arn = await harness.create({"Start": build_start_state()}, "parent")
    executions = []
    for _ in range(2):
        harness.tasks.will_return("started", job)
        executions.append(await harness.start(arn))
        await harness.settle()
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(60)
    assert [harness.now(execution).output for execution in executions] == ["1", "1"]


async def test_task_without_sync_does_not_wait_for_its_job(harness: Harness) -> None:
    """It ends with its call; with a token it waits for the token."""
    job = await start_child(harness)
    harness.tasks.will_return("started", job)
    plain = build_start_state()
    plain["Resource"] = "arn:aws:states:::states:startExecution"
    execution = await harness.run({"Start": plain}, name="parent")
    await harness.settle()
    assert harness.now(execution).output == '"started"'
    token = await start_parent(harness, job, pattern="waitForTaskToken", name="asking")
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(60)
    assert harness.now(token).status is Status.RUNNING


async def test_job_is_stopped_with_its_waiting_execution(harness: Harness) -> None:
    """AWS stops it, too, on a best-effort basis."""
    job = await start_child(harness)
    execution = await start_parent(harness, job)
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.settle()
    assert harness.tasks.stopped == [job]


async def test_job_is_stopped_when_another_branch_fails(harness: Harness) -> None:
    """The failure may be caught or not."""
    jobs = [await start_child(harness), ELSEWHERE]
    broken = {
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Break"},
        "Break": {"Type": "Fail", "Error": "Boom"},
    }
    branches = [
        {"StartAt": "Start", "States": {"Start": build_start_state()}},
        {"StartAt": "Wait", "States": broken},
    ]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    for number, error in enumerate(["Other", "Boom"]):
        harness.tasks.will_return("started", jobs[number])
        catch = [{"ErrorEquals": [error], "Next": "Caught"}]
        states = {"Both": {**both, "Catch": catch}, "Caught": {"Type": "Pass", "End": True}}
        await harness.run(states, name=f"parent-{number}")
        await harness.settle()
        await harness.skip(5)
    assert harness.tasks.stopped == jobs


async def test_ended_job_is_not_stopped(harness: Harness) -> None:
    """The failure of its Task ends the execution."""
    job = await start_child(harness)
    await start_parent(harness, job)
    harness.tasks.jobs[job] = Failure("States.TaskFailed")
    await harness.skip(60)
    assert harness.tasks.stopped == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_started_job_is_not_started_again_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """The Task waits for it as before."""
    async with running(tmp_path / "a", clock) as harness:
        job = await start_child(harness)
        execution = await start_parent(harness, job)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).status is Status.RUNNING
        harness.tasks.jobs[job] = CallResult("1")
        await harness.skip(60)
        assert not harness.tasks.calls
        assert harness.now(execution).output == "1"


async def test_job_with_a_lost_result_is_polled_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """The crash comes between its end and its result."""
    async with running(tmp_path / "a", clock) as harness:
        job = await start_child(harness)
        execution = await start_parent(harness, job)
        await harness.skip(60)
        assert harness.now(execution).status is Status.RUNNING
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.jobs[job] = CallResult('"done"')
        await harness.settle()
        assert harness.now(execution).output == '"done"'


async def test_job_at_another_endpoint_is_polled(harness: Harness) -> None:
    """Its end triggers no event here."""
    execution = await start_parent(harness, ELSEWHERE)
    harness.engine.poll_jobs()
    await harness.settle()
    assert harness.now(execution).status is Status.RUNNING
    harness.tasks.jobs[ELSEWHERE] = CallResult('"done"')
    harness.engine.poll_jobs()
    await harness.settle()
    assert harness.now(execution).output == '"done"'


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is met, for a minute at most."""
    for _ in range(60_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("The condition was not met.")


async def test_job_of_a_service_is_polled_regularly(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution of this endpoint is polled once: after that, it is known when it ends."""
    monkeypatch.setattr(dispatcher, "_POLL_SECONDS", 0.001)
    harness, name = await make_harness(), 'athena:startQueryExecution {"QueryExecutionId":"q"}'
    async with harness.engine:
        child = await start_child(harness)
        await start_parent(harness, child, name="local")
        execution = await start_parent(harness, name)
        await wait_until(lambda: harness.tasks.polled.count(name) >= 5)
        assert harness.tasks.polled.count(child) == 1
        harness.tasks.jobs[name] = CallResult('"done"')
        await wait_until(lambda: harness.now(execution).status is not Status.RUNNING)
        assert harness.now(execution).output == '"done"'
