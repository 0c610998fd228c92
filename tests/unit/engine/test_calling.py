"""Calls of executions, their retries and catchers."""

import json
from typing import Any

from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.language import Failure
from tests.unit.engine.harness import Harness

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def task(**fields: Any) -> dict[str, Any]:
    return {"Call": {"Type": "Task", "Resource": ARN, "End": True, **fields}}


RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 2}]


async def test_returned_call_completes_the_execution(harness: Harness) -> None:
    """The result is the output, and the history has the five events of a Lambda call."""
    harness.tasks.will_return({"ok": True})
    execution = await harness.run(task(), {"a": 1})
    await harness.settle()
    assert harness.now(execution).output == '{"ok":true}'
    assert harness.types(execution)[1:6] == [
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
    ]


async def test_failed_call_is_retried_after_its_backoff(harness: Harness) -> None:
    """The second attempt follows after the interval, the third after twice the interval."""
    harness.tasks.outcomes = [Failure("Busy"), Failure("Busy")]
    harness.tasks.will_return("done")
    execution = await harness.run(task(Retry=RETRY))
    await harness.settle()
    assert len(harness.tasks.calls) == 1
    await harness.skip(10)
    assert len(harness.tasks.calls) == 2
    await harness.skip(19.9)
    assert len(harness.tasks.calls) == 2
    await harness.skip(0.1)
    assert harness.now(execution).output == '"done"'


async def test_exhausted_retries_fail_the_execution(harness: Harness) -> None:
    """After MaxAttempts retries the execution fails with the last failure."""
    harness.tasks.outcomes = [Failure("Busy", "first"), Failure("Busy", "second"), Failure("Busy", "third")]
    execution = await harness.run(task(Retry=RETRY))
    for _ in range(4):
        await harness.skip(100)
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "Busy", "third")


async def test_caught_failure_continues_with_error_and_cause(harness: Harness) -> None:
    """The catcher's next state gets them as its input."""
    harness.tasks.outcomes = [Failure("Odd", "reason")]
    states = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Rescue"}])
    execution = await harness.run(states | {"Rescue": {"Type": "Pass", "End": True}})
    await harness.settle()
    assert json.loads(harness.now(execution).output or "") == {"Error": "Odd", "Cause": "reason"}


async def test_stop_does_not_wait_for_a_call_in_flight(harness: Harness) -> None:
    """The execution is aborted at once, and the later result changes nothing."""
    execution = await harness.run(task())
    await harness.settle()
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.settle()
    assert harness.now(execution).status is Status.ABORTED
    assert harness.types(execution)[-1] == "ExecutionAborted"


async def test_result_over_256_kib_fails_as_on_aws(harness: Harness) -> None:
    """The error is States.DataLimitExceeded, and the result is dropped."""
    harness.tasks.will_return("x" * 262_145)
    execution = await harness.run(task())
    await harness.settle()
    ended = harness.now(execution)
    assert ended.error == "States.DataLimitExceeded"
    assert ended.cause == (
        f"The state/task '{ARN}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )


async def test_result_limit_counts_bytes_not_characters(harness: Harness) -> None:
    """100,000 characters of three bytes each exceed it."""
    harness.tasks.will_return("€" * 100_000)
    execution = await harness.run(task())
    await harness.settle()
    assert harness.now(execution).error == "States.DataLimitExceeded"
