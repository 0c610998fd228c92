"""A Task with a token waits for its callback: for a month, through restarts, and in branches."""

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


def build_callback_state(**fields: Any) -> dict[str, Any]:
    """Return a state that sends a message with its token."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": PARAMETERS,
        "End": True,
        **fields,
    }


def build_callback_state_before(target: str) -> dict[str, Any]:
    """Return a state that sends a message with its token, and continues at a target."""
    return {name: value for name, value in build_callback_state(Next=target).items() if name != "End"}


async def submit(harness: Harness, **fields: Any) -> Execution:
    """Start an execution, and let it send its message."""
    harness.tasks.will_return("sent")
    execution = await harness.run({"Ask": build_callback_state(**fields)}, {"order": 42})
    await harness.settle()
    return execution


def read_token(harness: Harness, call: int = -1) -> str:
    """Return the token sent with a call."""
    return str(harness.tasks.calls[call].parameters["MessageBody"]["token"])  # type: ignore[index,call-overload]


async def succeed(harness: Harness, sent: str, value: object = "yes") -> None:
    """Call back with a result."""
    await harness.engine.call_back(sent, lambda interpreter: interpreter.succeed(json.dumps(value)))


async def fail(harness: Harness, sent: str, failure: Failure) -> None:
    """Call back with a failure."""
    await harness.engine.call_back(sent, lambda interpreter: interpreter.fail(failure))


async def test_history_of_a_callback_is_as_recorded_on_aws(harness: Harness) -> None:
    """TaskScheduled has the token among its parameters; the callback adds TaskSucceeded."""
    execution = await submit(harness, TimeoutSeconds=600, HeartbeatSeconds=60)
    await succeed(harness, read_token(harness), [1])
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
    assert json.loads(scheduled.pop("parameters"))["MessageBody"] == {
        "token": read_token(harness),
        "order": 42,
    }
    assert scheduled == resource | {"region": "us-east-1", "timeoutInSeconds": 600, "heartbeatInSeconds": 60}
    whole = {"outputDetails": {"truncated": False}}
    assert events[4]["taskSubmittedEventDetails"] == resource | whole | {"output": '"sent"'}
    assert events[5]["taskSucceededEventDetails"] == resource | whole | {"output": "[1]"}
    assert harness.now(execution).output == "[1]"


async def test_waiting_task_keeps_no_call_in_flight(harness: Harness) -> None:
    """It is due when the time of its execution is over, and not before."""
    await submit(harness)
    assert not harness.engine.is_calling
    assert harness.engine.next_due() == NOW + timedelta(days=365)


async def test_callback_after_a_month_is_accepted(harness: Harness) -> None:
    """The execution ends at that time."""
    execution = await submit(harness)
    await harness.skip(30 * DAY)
    await succeed(harness, read_token(harness))
    ended = harness.now(execution)
    assert (ended.status, ended.stopped) == (Status.SUCCEEDED, NOW + timedelta(days=30))


async def test_callback_before_its_call_returns_is_accepted(harness: Harness) -> None:
    """A running function may call back: the Task is done, and the result of the call is dropped."""
    execution = await harness.run(
        {"Ask": build_callback_state_before("Wait"), "Wait": {"Type": "Wait", "Seconds": 9, "End": True}},
        {"order": 1},
    )
    await harness.settle()
    await succeed(harness, read_token(harness))
    assert not harness.engine.is_calling
    assert harness.types(execution)[3:7] == [
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "WaitStateEntered",
    ]


async def test_failed_call_fails_its_task_without_a_callback(harness: Harness) -> None:
    """Its message has not been sent."""
    harness.tasks.outcomes = [Failure("SQS.AmazonSQSException", "no")]
    execution = await harness.run({"Ask": build_callback_state()}, {"order": 1})
    await harness.settle()
    assert harness.now(execution).error == "SQS.AmazonSQSException"
    assert "TaskSubmitted" not in harness.types(execution)


@pytest.mark.parametrize("failure", [Failure("Refused", "by hand"), Failure("Refused"), Failure()])
async def test_callback_with_a_failure_fails_the_task(failure: Failure, harness: Harness) -> None:
    """Error and cause are those of the callback, or absent."""
    execution = await submit(harness)
    await fail(harness, read_token(harness), failure)
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, failure.error, failure.cause)
    parts = {"error": failure.error, "cause": failure.cause}
    details = {name: text for name, text in parts.items() if text}
    assert harness.history(execution)[-2]["taskFailedEventDetails"] == {
        "resourceType": "sqs",
        "resource": "sendMessage.waitForTaskToken",
        **details,
    }


async def test_task_without_a_callback_times_out(harness: Harness) -> None:
    """TimeoutSeconds count from the event TaskScheduled, to the millisecond."""
    execution = await submit(harness, TimeoutSeconds=2 * DAY)
    await harness.skip(2 * DAY - 0.001)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    ended = harness.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.Timeout", None)
    assert harness.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_missing_heartbeat_is_a_timeout(harness: Harness) -> None:
    """AWS shows it as States.Timeout, and catches it as States.HeartbeatTimeout."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}]
    harness.tasks.will_return("sent")
    states = {
        "Ask": build_callback_state(TimeoutSeconds=600, HeartbeatSeconds=60, Catch=catch),
        "Late": {"Type": "Pass", "End": True},
    }
    execution = await harness.run(states, {"order": 1})
    await harness.settle()
    await harness.skip(60)
    assert harness.now(execution).output == '{"Error":"States.Timeout","Cause":""}'
    (timed_out,) = (event for event in harness.history(execution) if event["type"] == "TaskTimedOut")
    assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"


async def test_timeout_is_not_caught_as_a_missing_heartbeat(harness: Harness) -> None:
    """A catcher of States.HeartbeatTimeout does not match it."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Ask"}]
    execution = await submit(harness, TimeoutSeconds=90, HeartbeatSeconds=60, Catch=catch)
    await harness.skip(50)
    await harness.engine.call_back(read_token(harness), Interpreter.heartbeat)
    await harness.skip(40)
    assert harness.now(execution).error == "States.Timeout"


async def test_heartbeats_keep_a_task_waiting(harness: Harness) -> None:
    """Each extends the wait by HeartbeatSeconds, and none adds an event."""
    execution = await submit(harness, HeartbeatSeconds=60)
    for _ in range(3):
        await harness.skip(59)
        await harness.engine.call_back(read_token(harness), Interpreter.heartbeat)
    assert harness.types(execution)[-1] == "TaskSubmitted"
    await harness.skip(60)
    assert harness.now(execution).error == "States.Timeout"


async def test_heartbeat_without_heartbeat_seconds_is_accepted(harness: Harness) -> None:
    """It may arrive while the call is in flight."""
    execution = await harness.run({"Ask": build_callback_state()}, {"order": 1})
    await harness.settle()
    await harness.engine.call_back(read_token(harness), Interpreter.heartbeat)
    assert harness.engine.is_calling
    await succeed(harness, read_token(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_each_attempt_has_its_own_token(harness: Harness) -> None:
    """The token of the previous attempt is refused, both before and after the next call."""
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10}]
    execution = await submit(harness, Retry=retry)
    first = read_token(harness)
    await fail(harness, first, Failure("Busy"))
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    harness.tasks.will_return("sent")
    await harness.skip(10)
    assert read_token(harness) != first
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    await succeed(harness, read_token(harness))
    assert harness.now(execution).output == '"yes"'


async def test_second_callback_with_a_token_is_refused(harness: Harness) -> None:
    """It changes nothing."""
    execution = await submit(harness)
    await succeed(harness, read_token(harness))
    for step in (
        succeed(harness, read_token(harness), "no"),
        fail(harness, read_token(harness), Failure("No")),
    ):
        with pytest.raises(TaskTimedOut, match="Task Timed Out: 'Provided task does not exist anymore'"):
            await step
    assert harness.now(execution).output == '"yes"'


async def test_token_of_a_stopped_execution_is_refused(harness: Harness) -> None:
    """A redrive sends a new token, and the old one stays invalid."""
    execution = await submit(harness)
    first, arn = read_token(harness), harness.engine.arn(execution)
    await harness.engine.stop(arn, None, None)
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    harness.tasks.will_return("sent")
    await harness.engine.redrive(arn)
    await harness.settle()
    with pytest.raises(TaskTimedOut):
        await succeed(harness, first)
    await succeed(harness, read_token(harness))
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_token_of_a_deleted_execution_raises_task_does_not_exist(
    harness: Harness,
) -> None:
    """Its state machine was deleted together with its executions."""
    execution = await submit(harness)
    await succeed(harness, read_token(harness))
    machine = harness.engine.catalog.get(execution.state_machine_id)
    await harness.engine.catalog.delete(machine)
    with pytest.raises(TaskDoesNotExist):
        await succeed(harness, read_token(harness))


async def test_token_of_another_engine_is_invalid(harness: Harness, make_harness: MakeHarness) -> None:
    """Both engines run the same execution."""
    other = await make_harness()
    await submit(harness)
    await submit(other)
    with pytest.raises(InvalidToken):
        await succeed(harness, read_token(other))


async def test_only_callback_tasks_have_a_token(harness: Harness) -> None:
    """For other tasks the context object has no Task."""
    resource = "arn:aws:states:::sqs:sendMessage"
    execution = await harness.run({"Ask": build_callback_state(Resource=resource)}, {"order": 1})
    assert harness.now(execution).error == "States.Runtime"
    assert "$$.Task.Token" in (harness.now(execution).cause or "")


async def test_each_branch_has_its_own_token(harness: Harness) -> None:
    """The callbacks arrive in any order."""
    harness.tasks.will_return("sent")
    harness.tasks.will_return("sent")
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Ask",
        "States": {"Ask": build_callback_state()},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    execution = await harness.run({"Each": state}, [{"order": 1}, {"order": 2}])
    await harness.settle()
    await succeed(harness, read_token(harness, 1), "second")
    await succeed(harness, read_token(harness, 0), "first")
    assert harness.now(execution).output == '["first","second"]'


async def test_token_of_an_aborted_branch_is_refused(harness: Harness) -> None:
    """Another branch failed, and the Parallel with it."""
    harness.tasks.will_return("sent")
    harness.tasks.will_return("sent")
    branches = [{"StartAt": name, "States": {name: build_callback_state()}} for name in ("One", "Other")]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
        "Caught": {"Type": "Wait", "Seconds": 5, "End": True},
    }
    execution = await harness.run(states, {"order": 1})
    await harness.settle()
    await fail(harness, read_token(harness, 0), Failure())
    assert (
        harness.history(execution)[-1]["stateEnteredEventDetails"]["input"] == '{"Error":null,"Cause":null}'
    )
    with pytest.raises(TaskTimedOut):
        await succeed(harness, read_token(harness, 1))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_submitted_task_is_not_submitted_again_after_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """It keeps waiting, and an acknowledged callback is on disk."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submit(harness)
        sent = read_token(harness)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=30))
    async with running(left, clock) as harness:
        await harness.settle()
        assert not harness.tasks.calls
        await succeed(harness, sent)
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        assert harness.now(execution).output == '"yes"'


async def test_repeated_call_sends_the_same_token_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """The first call may have arrived, too: a callback to either message is accepted."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run({"Ask": build_callback_state()}, {"order": 1})
        await harness.settle()
        sent, caller = read_token(harness), harness.tasks.callers[0]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.settle()
        assert (read_token(harness), harness.tasks.callers[0]) == (sent, caller)
        await succeed(harness, sent)
        assert harness.now(execution).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("field", "other"), [("TimeoutSeconds", {}), ("HeartbeatSeconds", {"TimeoutSeconds": 9 * DAY})]
)
async def test_time_limits_survive_a_restart(
    field: str, other: dict[str, int], clock: ManualClock, tmp_path: Path
) -> None:
    """A task due meanwhile has timed out."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submit(harness, **{field: DAY}, **other)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).error == "States.Timeout"


async def test_acknowledged_heartbeat_survives_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """HeartbeatSeconds count from it after the crash."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submit(harness, HeartbeatSeconds=60)
        clock.advance(timedelta(seconds=50))
        await harness.engine.call_back(read_token(harness), Interpreter.heartbeat)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=59))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).status is Status.RUNNING
        clock.advance(timedelta(seconds=1))
        await harness.settle()
        assert harness.now(execution).error == "States.Timeout"


async def test_second_of_two_simultaneous_callbacks_is_refused(clock: ManualClock, tmp_path: Path) -> None:
    """Both arrive before a commit."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await submit(harness)
        sent = read_token(harness)
        answers = await asyncio.gather(
            succeed(harness, sent, 1), succeed(harness, sent, 2), return_exceptions=True
        )
        assert answers[0] is None
        assert isinstance(answers[1], TaskTimedOut)
        assert harness.now(execution).output == "1"
