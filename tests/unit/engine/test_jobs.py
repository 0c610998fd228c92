"""A Task with `.sync` waits for the execution that it started, and is told when that ends."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.language import Failure
from tests.unit.engine.bench import NOW, Bench
from tests.unit.engine.disk import running

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


async def child(bench: Bench, seconds: int = 60) -> str:
    """The ARN of an execution that waits, for a job."""
    arn = await bench.create(WAIT, "child")
    return bench.engine.arn(await bench.start(arn, {"expirydate": seconds}))


async def parent(bench: Bench, job: str, name: str = "parent", **fields: Any) -> Execution:  # noqa: ANN401 - any field of a state
    """An execution that has started a job and waits for it."""
    bench.tasks.will_return("started", job)
    execution = await bench.run({"Start": starting(**fields)}, name=name)
    await bench.settle()
    return execution


async def test_the_history_is_the_one_recorded_on_aws(bench: Bench) -> None:
    """Submitted with what the call came back with, succeeded with what became of the job."""
    job = await child(bench)
    execution = await parent(bench, job)
    bench.tasks.jobs[job] = CallResult('"done"')
    await bench.skip(60)
    events = bench.history(execution)
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
    assert bench.now(execution).output == '"done"'


async def test_nothing_runs_while_the_job_does(bench: Bench) -> None:
    """No call is in flight, and the parent ends at the very moment at which the job does."""
    job = await child(bench, 30 * 86_400)
    execution = await parent(bench, job)
    assert not bench.engine.is_calling
    bench.tasks.jobs[job] = CallResult("1")
    await bench.skip(30 * 86_400)
    assert bench.now(execution).stopped == NOW + timedelta(days=30)


async def test_a_job_that_fails_fails_its_task(bench: Bench) -> None:
    """It can be caught."""
    job = await child(bench)
    execution = await parent(bench, job)
    bench.tasks.jobs[job] = Failure("States.TaskFailed", "{}")
    await bench.engine.stop(job, None, None)
    await bench.settle()
    ended = bench.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.TaskFailed", "{}")
    assert bench.types(execution)[-2:] == ["TaskFailed", "ExecutionFailed"]


async def test_a_job_that_ended_before_its_task_knew_of_it_is_looked_up(bench: Bench) -> None:
    """It was over when the call that had started it came back."""
    job = await child(bench, 0)
    bench.tasks.jobs[job] = CallResult('"done"')
    execution = await parent(bench, job)
    assert bench.now(execution).output == '"done"'


async def test_a_job_that_takes_too_long_times_out(bench: Bench) -> None:
    """What it comes to later is of no interest."""
    job = await child(bench)
    execution = await parent(bench, job, TimeoutSeconds=59)
    bench.tasks.jobs[job] = CallResult("1")
    await bench.skip(59)
    assert bench.now(execution).error == "States.Timeout"
    await bench.skip(1)
    assert bench.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_two_can_wait_for_one_job(bench: Bench) -> None:
    """Both are told."""
    job = await child(bench)
    arn = await bench.create({"Start": starting()}, "parent")
    executions = []
    for _ in range(2):
        bench.tasks.will_return("started", job)
        executions.append(await bench.start(arn))
        await bench.settle()
    bench.tasks.jobs[job] = CallResult("1")
    await bench.skip(60)
    assert [bench.now(execution).output for execution in executions] == ["1", "1"]


async def test_an_execution_that_only_starts_another_waits_for_nothing(bench: Bench) -> None:
    """Without `.sync` the Task is done with its call; with a token it waits for that."""
    job = await child(bench)
    bench.tasks.will_return("started", job)
    plain = starting()
    plain["Resource"] = "arn:aws:states:::states:startExecution"
    execution = await bench.run({"Start": plain}, name="parent")
    await bench.settle()
    assert bench.now(execution).output == '"started"'
    token = await parent(bench, job, pattern="waitForTaskToken", name="asking")
    bench.tasks.jobs[job] = CallResult("1")
    await bench.skip(60)
    assert bench.now(token).status is Status.RUNNING


async def test_a_job_is_stopped_with_the_execution_that_waits_for_it(bench: Bench) -> None:
    """As AWS does, as well as it can."""
    job = await child(bench)
    execution = await parent(bench, job)
    await bench.engine.stop(bench.engine.arn(execution), None, None)
    await bench.settle()
    assert bench.tasks.stopped == [job]


async def test_a_job_is_stopped_when_another_branch_fails(bench: Bench) -> None:
    """Whether the failure is caught or not."""
    jobs = [await child(bench), ELSEWHERE]
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
        bench.tasks.will_return("started", jobs[number])
        catch = [{"ErrorEquals": [error], "Next": "Caught"}]
        states = {"Both": {**both, "Catch": catch}, "Caught": {"Type": "Pass", "End": True}}
        await bench.run(states, name=f"parent-{number}")
        await bench.settle()
        await bench.skip(5)
    assert bench.tasks.stopped == jobs


async def test_a_job_that_has_ended_is_not_stopped(bench: Bench) -> None:
    """When the failure of its Task ends the execution."""
    job = await child(bench)
    await parent(bench, job)
    bench.tasks.jobs[job] = Failure("States.TaskFailed")
    await bench.skip(60)
    assert bench.tasks.stopped == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_a_job_that_was_started_is_not_started_again(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash it is waited for as before."""
    async with running(tmp_path / "a", clock) as bench:
        job = await child(bench)
        execution = await parent(bench, job)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.settle()
        assert bench.now(execution).status is Status.RUNNING
        bench.tasks.jobs[job] = CallResult("1")
        await bench.skip(60)
        assert not bench.tasks.calls
        assert bench.now(execution).output == "1"


async def test_a_job_that_ended_and_nobody_was_told_is_looked_up(clock: ManualClock, tmp_path: Path) -> None:
    """The crash came between its end and the answer."""
    async with running(tmp_path / "a", clock) as bench:
        job = await child(bench)
        execution = await parent(bench, job)
        await bench.skip(60)
        assert bench.now(execution).status is Status.RUNNING
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        bench.tasks.jobs[job] = CallResult('"done"')
        await bench.settle()
        assert bench.now(execution).output == '"done"'


async def test_a_job_that_runs_elsewhere_is_asked_for_now_and_then(bench: Bench) -> None:
    """Nobody tells when it ends."""
    execution = await parent(bench, ELSEWHERE)
    bench.engine.poll_jobs()
    await bench.settle()
    assert bench.now(execution).status is Status.RUNNING
    bench.tasks.jobs[ELSEWHERE] = CallResult('"done"')
    bench.engine.poll_jobs()
    await bench.settle()
    assert bench.now(execution).output == '"done"'
