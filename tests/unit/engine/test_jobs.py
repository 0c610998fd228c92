"""A Task with `.sync` waits for the execution that it started, and is told when that ends."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}
ELSEWHERE = "arn:aws:states:us-east-1:123456789012:execution:elsewhere:1"


def starting(pattern: str = "sync", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a state
    """A state that starts an execution and waits for it."""
    resource = f"arn:aws:states:::states:startExecution.{pattern}"
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"StateMachineArn": "m"},
        "End": True,
        **fields,
    }


async def child(harness: Harness, seconds: int = 60) -> str:
    """The ARN of an execution that waits, for a job."""
    arn = await harness.create(WAIT, "child")
    return harness.engine.arn(await harness.start(arn, {"expirydate": seconds}))


async def parent(harness: Harness, job: str, name: str = "parent", **fields: Any) -> Execution:  # noqa: ANN401 - any field of a state
    """An execution that has started a job and waits for it."""
    harness.tasks.will_return("started", job)
    execution = await harness.run({"Start": starting(**fields)}, name=name)
    await harness.settle()
    return execution


async def test_the_history_is_the_one_recorded_on_aws(harness: Harness) -> None:
    """Submitted with what the call came back with, succeeded with what became of the job."""
    job = await child(harness)
    execution = await parent(harness, job)
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


async def test_nothing_runs_while_the_job_does(harness: Harness) -> None:
    """No call is in flight, and the parent ends at the very moment at which the job does."""
    job = await child(harness, 30 * 86_400)
    execution = await parent(harness, job)
    assert not harness.engine.is_calling
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(30 * 86_400)
    assert harness.now(execution).stopped == NOW + timedelta(days=30)


async def test_a_job_that_fails_fails_its_task(harness: Harness) -> None:
    """It can be caught."""
    job = await child(harness)
    execution = await parent(harness, job)
    harness.tasks.jobs[job] = Failure("States.TaskFailed", "{}")
    await harness.engine.stop(job, None, None)
    await harness.settle()
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.TaskFailed", "{}")
    assert harness.types(execution)[-2:] == ["TaskFailed", "ExecutionFailed"]


async def test_a_job_that_ended_before_its_task_knew_of_it_is_looked_up(harness: Harness) -> None:
    """It was over when the call that had started it came back."""
    job = await child(harness, 0)
    harness.tasks.jobs[job] = CallResult('"done"')
    execution = await parent(harness, job)
    assert harness.now(execution).output == '"done"'


async def test_a_job_that_takes_too_long_times_out(harness: Harness) -> None:
    """What it comes to later is of no interest."""
    job = await child(harness)
    execution = await parent(harness, job, TimeoutSeconds=59)
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(59)
    assert harness.now(execution).error == "States.Timeout"
    await harness.skip(1)
    assert harness.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_two_can_wait_for_one_job(harness: Harness) -> None:
    """Both are told."""
    job = await child(harness)
    arn = await harness.create({"Start": starting()}, "parent")
    executions = []
    for _ in range(2):
        harness.tasks.will_return("started", job)
        executions.append(await harness.start(arn))
        await harness.settle()
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(60)
    assert [harness.now(execution).output for execution in executions] == ["1", "1"]


async def test_an_execution_that_only_starts_another_waits_for_nothing(harness: Harness) -> None:
    """Without `.sync` the Task is done with its call; with a token it waits for that."""
    job = await child(harness)
    harness.tasks.will_return("started", job)
    plain = starting()
    plain["Resource"] = "arn:aws:states:::states:startExecution"
    execution = await harness.run({"Start": plain}, name="parent")
    await harness.settle()
    assert harness.now(execution).output == '"started"'
    token = await parent(harness, job, pattern="waitForTaskToken", name="asking")
    harness.tasks.jobs[job] = CallResult("1")
    await harness.skip(60)
    assert harness.now(token).status is Status.RUNNING


async def test_a_job_is_stopped_with_the_execution_that_waits_for_it(harness: Harness) -> None:
    """As AWS does, as well as it can."""
    job = await child(harness)
    execution = await parent(harness, job)
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.settle()
    assert harness.tasks.stopped == [job]


async def test_a_job_is_stopped_when_another_branch_fails(harness: Harness) -> None:
    """Whether the failure is caught or not."""
    jobs = [await child(harness), ELSEWHERE]
    broken = {
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Break"},
        "Break": {"Type": "Fail", "Error": "Boom"},
    }
    branches = [
        {"StartAt": "Start", "States": {"Start": starting()}},
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


async def test_a_job_that_has_ended_is_not_stopped(harness: Harness) -> None:
    """When the failure of its Task ends the execution."""
    job = await child(harness)
    await parent(harness, job)
    harness.tasks.jobs[job] = Failure("States.TaskFailed")
    await harness.skip(60)
    assert harness.tasks.stopped == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_a_job_that_was_started_is_not_started_again(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash it is waited for as before."""
    async with running(tmp_path / "a", clock) as harness:
        job = await child(harness)
        execution = await parent(harness, job)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).status is Status.RUNNING
        harness.tasks.jobs[job] = CallResult("1")
        await harness.skip(60)
        assert not harness.tasks.calls
        assert harness.now(execution).output == "1"


async def test_a_job_that_ended_and_nobody_was_told_is_looked_up(clock: ManualClock, tmp_path: Path) -> None:
    """The crash came between its end and the answer."""
    async with running(tmp_path / "a", clock) as harness:
        job = await child(harness)
        execution = await parent(harness, job)
        await harness.skip(60)
        assert harness.now(execution).status is Status.RUNNING
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.jobs[job] = CallResult('"done"')
        await harness.settle()
        assert harness.now(execution).output == '"done"'


async def test_a_job_that_runs_elsewhere_is_asked_for_now_and_then(harness: Harness) -> None:
    """Nobody tells when it ends."""
    execution = await parent(harness, ELSEWHERE)
    harness.engine.poll_jobs()
    await harness.settle()
    assert harness.now(execution).status is Status.RUNNING
    harness.tasks.jobs[ELSEWHERE] = CallResult('"done"')
    harness.engine.poll_jobs()
    await harness.settle()
    assert harness.now(execution).output == '"done"'
