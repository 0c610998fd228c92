"""A Task with a token waits for it to come back, as data: for a month, through restarts, and in branches."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import InvalidToken, TaskDoesNotExist, TaskTimedOut
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.interpreter import Interpreter
from stepfunctions_local.language import Failure
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

DAY = 86_400
PARAMETERS = {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token", "order.$": "$.order"}}


def asking(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a state
    """A state that sends a message with its token."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": PARAMETERS,
        "End": True,
        **fields,
    }


def going_on(target: str) -> dict[str, Any]:
    """A state that sends a message with its token, and is not the last one."""
    return {name: value for name, value in asking(Next=target).items() if name != "End"}


async def submitted(harness: Harness, **fields: Any) -> Execution:  # noqa: ANN401 - any field of a state
    """An execution whose message has been sent."""
    harness.tasks.will_return("sent")
    execution = await harness.run({"Ask": asking(**fields)}, {"order": 42})
    await harness.settle()
    return execution


def token(harness: Harness, call: int = -1) -> str:
    """The token that went out with a call."""
    return str(harness.tasks.calls[call].parameters["MessageBody"]["token"])  # type: ignore[index,call-overload]


async def succeed(harness: Harness, sent: str, value: object = "yes") -> None:
    """Send a token back with a result."""
    await harness.engine.call_back(sent, lambda interpreter: interpreter.succeed(json.dumps(value)))


async def fail(harness: Harness, sent: str, failure: Failure) -> None:
    """Send a token back with a failure."""
    await harness.engine.call_back(sent, lambda interpreter: interpreter.fail(failure))


async def test_the_history_is_the_one_recorded_on_aws(harness: Harness) -> None:
    """Scheduled with the token among its parameters, started, submitted, and succeeded when it comes back."""
    execution = await submitted(harness, TimeoutSeconds=600, HeartbeatSeconds=60)
    await succeed(harness, token(harness), [1])
    resource = {"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken"}
    events = harness.history(execution)
    assert [event["type"] for event in events[2:7]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6, 7]
    scheduled = events[2]["taskScheduledEventDetails"]
    assert json.loads(scheduled.pop("parameters"))["MessageBody"] == {"token": token(harness), "order": 42}
    assert scheduled == resource | {"region": "us-east-1", "timeoutInSeconds": 600, "heartbeatInSeconds": 60}
    whole = {"outputDetails": {"truncated": False}}
    assert events[4]["taskSubmittedEventDetails"] == resource | whole | {"output": '"sent"'}
    assert events[5]["taskSucceededEventDetails"] == resource | whole | {"output": "[1]"}
    assert harness.now(execution).output == "[1]"


async def test_nothing_runs_for_a_task_that_waits_for_its_token(harness: Harness) -> None:
    """It is due when its execution's own time is over, and not before."""
    await submitted(harness)
    assert not harness.engine.is_calling
    assert harness.engine.next_due() == NOW + timedelta(days=365)


async def test_a_token_comes_back_after_a_month(harness: Harness) -> None:
    """The event says when."""
    execution = await submitted(harness)
    await harness.skip(30 * DAY)
    await succeed(harness, token(harness))
    ended = harness.now(execution)
    assert (ended.status, ended.stopped) == (Status.SUCCEEDED, NOW + timedelta(days=30))


async def test_a_token_can_come_back_before_its_call_does(harness: Harness) -> None:
    """From a function while it runs: the Task is done, and what the call comes back with is lost."""
    execution = await harness.run(
        {"Ask": going_on("Wait"), "Wait": {"Type": "Wait", "Seconds": 9, "End": True}},
        {"order": 1},
    )
    await harness.settle()
    await succeed(harness, token(harness))
    assert not harness.engine.is_calling
    assert harness.types(execution)[3:7] == [
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "WaitStateEntered",
    ]


async def test_a_call_that_fails_is_not_waited_for(harness: Harness) -> None:
    """Nobody can have got the token."""
    harness.tasks.outcomes = [Failure("SQS.AmazonSQSException", "no")]
    execution = await harness.run({"Ask": asking()}, {"order": 1})
    await harness.settle()
    assert harness.now(execution).error == "SQS.AmazonSQSException"
    assert "TaskSubmitted" not in harness.types(execution)


@pytest.mark.parametrize("failure", [Failure("Refused", "by hand"), Failure("Refused"), Failure()])
async def test_a_token_comes_back_with_a_failure(failure: Failure, harness: Harness) -> None:
    """Error and cause are what was sent, or absent."""
    execution = await submitted(harness)
    await fail(harness, token(harness), failure)
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, failure.error, failure.cause)
    parts = {"error": failure.error, "cause": failure.cause}
    details = {name: text for name, text in parts.items() if text}
    assert harness.history(execution)[-2]["taskFailedEventDetails"] == {
        "resourceType": "sqs",
        "resource": "sendMessage.waitForTaskToken",
        **details,
    }


async def test_a_token_that_does_not_come_back_in_time_times_out(harness: Harness) -> None:
    """At TimeoutSeconds from when the call was planned, not a moment before."""
    execution = await submitted(harness, TimeoutSeconds=2 * DAY)
    await harness.skip(2 * DAY - 0.001)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.Timeout", None)
    assert harness.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_a_heartbeat_that_does_not_come_is_a_timeout(harness: Harness) -> None:
    """AWS shows it as States.Timeout, and lets it be caught as States.HeartbeatTimeout."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}]
    harness.tasks.will_return("sent")
    states = {
        "Ask": asking(TimeoutSeconds=600, HeartbeatSeconds=60, Catch=catch),
        "Late": {"Type": "Pass", "End": True},
    }
    execution = await harness.run(states, {"order": 1})
    await harness.settle()
    await harness.skip(60)
    assert harness.now(execution).output == '{"Error":"States.Timeout","Cause":""}'
    (timed_out,) = (event for event in harness.history(execution) if event["type"] == "TaskTimedOut")
    assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"


async def test_a_time_that_is_over_is_no_missing_heartbeat(harness: Harness) -> None:
    """Where only the heartbeat's is caught, the timeout is not."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Ask"}]
    execution = await submitted(harness, TimeoutSeconds=90, HeartbeatSeconds=60, Catch=catch)
    await harness.skip(50)
    await harness.engine.call_back(token(harness), Interpreter.heartbeat)
    await harness.skip(40)
    assert harness.now(execution).error == "States.Timeout"


async def test_heartbeats_keep_a_task_waiting(harness: Harness) -> None:
    """Each for as long as HeartbeatSeconds says; none is an event."""
    execution = await submitted(harness, HeartbeatSeconds=60)
    for _ in range(3):
        await harness.skip(59)
        await harness.engine.call_back(token(harness), Interpreter.heartbeat)
    assert harness.types(execution)[-1] == "TaskSubmitted"
    await harness.skip(60)
    assert harness.now(execution).error == "States.Timeout"


async def test_a_heartbeat_may_come_though_none_is_waited_for(harness: Harness) -> None:
    """Also while the call is in flight."""
    execution = await harness.run({"Ask": asking()}, {"order": 1})
    await harness.settle()
    await harness.engine.call_back(token(harness), Interpreter.heartbeat)
    assert harness.engine.is_calling
    await succeed(harness, token(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_an_attempt_has_a_token_of_its_own(harness: Harness) -> None:
    """Nobody waits any more for that of the one before, be the next one planned or made."""
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10}]
    execution = await submitted(harness, Retry=retry)
    first = token(harness)
    await fail(harness, first, Failure("Busy"))
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    harness.tasks.will_return("sent")
    await harness.skip(10)
    assert token(harness) != first
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    await succeed(harness, token(harness))
    assert harness.now(execution).output == '"yes"'


async def test_a_token_comes_back_once(harness: Harness) -> None:
    """What it was sent for a second time changes nothing."""
    execution = await submitted(harness)
    await succeed(harness, token(harness))
    for step in (succeed(harness, token(harness), "no"), fail(harness, token(harness), Failure("No"))):
        with pytest.raises(TaskTimedOut, match="Task Timed Out: 'Provided task does not exist anymore'"):
            await step
    assert harness.now(execution).output == '"yes"'


async def test_a_token_of_an_execution_that_was_stopped_is_of_no_use(harness: Harness) -> None:
    """Nor is it after a redrive, which asks anew."""
    execution = await submitted(harness)
    first, arn = token(harness), harness.engine.arn(execution)
    await harness.engine.stop(arn, None, None)
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    harness.tasks.will_return("sent")
    await harness.engine.redrive(arn)
    await harness.settle()
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    await succeed(harness, token(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_a_token_of_an_execution_that_is_gone_is_of_a_task_that_does_not_exist(
    harness: Harness,
) -> None:
    """Its state machine was deleted, and all with it."""
    execution = await submitted(harness)
    await succeed(harness, token(harness))
    machine = harness.engine.catalog.get(execution.state_machine_id)
    await harness.engine.catalog.delete(machine)
    with pytest.raises(TaskDoesNotExist):
        await succeed(harness, token(harness))


async def test_a_token_of_another_engine_is_invalid(harness: Harness, make_harness: MakeHarness) -> None:
    """Even of the same execution."""
    other = await make_harness()
    await submitted(harness)
    await submitted(other)
    with pytest.raises(InvalidToken):
        await succeed(harness, token(other))


async def test_only_a_task_that_waits_for_its_token_has_one(harness: Harness) -> None:
    """For the others the context object has no Task."""
    resource = "arn:aws:states:::sqs:sendMessage"
    execution = await harness.run({"Ask": asking(Resource=resource)}, {"order": 1})
    assert harness.now(execution).error == "States.Runtime"
    assert "$$.Task.Token" in (harness.now(execution).cause or "")


async def test_branches_have_tokens_of_their_own(harness: Harness) -> None:
    """Each comes back for itself, in any order."""
    harness.tasks.will_return("sent")
    harness.tasks.will_return("sent")
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Ask", "States": {"Ask": asking()}}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    execution = await harness.run({"Each": state}, [{"order": 1}, {"order": 2}])
    await harness.settle()
    await succeed(harness, token(harness, 1), "second")
    await succeed(harness, token(harness, 0), "first")
    assert harness.now(execution).output == '["first","second"]'


async def test_the_token_of_a_branch_that_was_cut_short_is_of_no_use(harness: Harness) -> None:
    """Another one failed, and the Parallel with it."""
    harness.tasks.will_return("sent")
    harness.tasks.will_return("sent")
    branches = [{"StartAt": name, "States": {name: asking()}} for name in ("One", "Other")]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
        "Caught": {"Type": "Wait", "Seconds": 5, "End": True},
    }
    execution = await harness.run(states, {"order": 1})
    await harness.settle()
    await fail(harness, token(harness, 0), Failure())
    assert (
        harness.history(execution)[-1]["stateEnteredEventDetails"]["input"] == '{"Error":null,"Cause":null}'
    )
    with pytest.raises(TaskTimedOut):
        await succeed(harness, token(harness, 1))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_a_task_that_was_submitted_is_not_submitted_again(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash it waits on, and what comes back is on disk when that is acknowledged."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submitted(harness)
        sent = token(harness)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=30))
    async with running(left, clock) as harness:
        await harness.settle()
        assert not harness.tasks.calls
        await succeed(harness, sent)
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        assert harness.now(execution).output == '"yes"'


async def test_a_call_in_flight_is_made_again_with_the_same_token(clock: ManualClock, tmp_path: Path) -> None:
    """It may have arrived the first time, too: either message can be answered."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run({"Ask": asking()}, {"order": 1})
        await harness.settle()
        sent, caller = token(harness), harness.tasks.callers[0]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.settle()
        assert (token(harness), harness.tasks.callers[0]) == (sent, caller)
        await succeed(harness, sent)
        assert harness.now(execution).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("field", "other"), [("TimeoutSeconds", {}), ("HeartbeatSeconds", {"TimeoutSeconds": 9 * DAY})]
)
async def test_limits_are_kept_over_a_restart(
    field: str, other: dict[str, int], clock: ManualClock, tmp_path: Path
) -> None:
    """What fell due meanwhile has timed out."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submitted(harness, **{field: DAY}, **other)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).error == "States.Timeout"


async def test_a_heartbeat_that_is_acknowledged_is_on_disk(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash the silence counts from there."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submitted(harness, HeartbeatSeconds=60)
        clock.advance(timedelta(seconds=50))
        await harness.engine.call_back(token(harness), Interpreter.heartbeat)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=59))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).status is Status.RUNNING
        clock.advance(timedelta(seconds=1))
        await harness.settle()
        assert harness.now(execution).error == "States.Timeout"


async def test_of_two_that_send_a_token_back_at_once_one_is_late(clock: ManualClock, tmp_path: Path) -> None:
    """Before anything is on disk."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submitted(harness)
        sent = token(harness)
        answers = await asyncio.gather(
            succeed(harness, sent, 1), succeed(harness, sent, 2), return_exceptions=True
        )
        assert answers[0] is None
        assert isinstance(answers[1], TaskTimedOut)
        assert harness.now(execution).output == "1"
