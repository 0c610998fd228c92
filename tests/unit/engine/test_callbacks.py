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
from tests.unit.engine.bench import NOW, Bench
from tests.unit.engine.conftest import MakeBench
from tests.unit.engine.disk import running

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


async def submitted(bench: Bench, **fields: Any) -> Execution:  # noqa: ANN401 - any field of a state
    """An execution whose message has been sent."""
    bench.tasks.will_return("sent")
    execution = await bench.run({"Ask": asking(**fields)}, {"order": 42})
    await bench.settle()
    return execution


def token(bench: Bench, call: int = -1) -> str:
    """The token that went out with a call."""
    return str(bench.tasks.calls[call].parameters["MessageBody"]["token"])  # type: ignore[index,call-overload]


async def succeed(bench: Bench, sent: str, value: object = "yes") -> None:
    """Send a token back with a result."""
    await bench.engine.call_back(sent, lambda interpreter: interpreter.succeed(json.dumps(value)))


async def fail(bench: Bench, sent: str, failure: Failure) -> None:
    """Send a token back with a failure."""
    await bench.engine.call_back(sent, lambda interpreter: interpreter.fail(failure))


async def test_the_history_is_the_one_recorded_on_aws(bench: Bench) -> None:
    """Scheduled with the token among its parameters, started, submitted, and succeeded when it comes back."""
    execution = await submitted(bench, TimeoutSeconds=600, HeartbeatSeconds=60)
    await succeed(bench, token(bench), [1])
    resource = {"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken"}
    events = bench.history(execution)
    assert [event["type"] for event in events[2:7]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6, 7]
    scheduled = events[2]["taskScheduledEventDetails"]
    assert json.loads(scheduled.pop("parameters"))["MessageBody"] == {"token": token(bench), "order": 42}
    assert scheduled == resource | {"region": "us-east-1", "timeoutInSeconds": 600, "heartbeatInSeconds": 60}
    whole = {"outputDetails": {"truncated": False}}
    assert events[4]["taskSubmittedEventDetails"] == resource | whole | {"output": '"sent"'}
    assert events[5]["taskSucceededEventDetails"] == resource | whole | {"output": "[1]"}
    assert bench.now(execution).output == "[1]"


async def test_nothing_runs_for_a_task_that_waits_for_its_token(bench: Bench) -> None:
    """It is due when its execution's own time is over, and not before."""
    await submitted(bench)
    assert not bench.engine.is_calling
    assert bench.engine.next_due() == NOW + timedelta(days=365)


async def test_a_token_comes_back_after_a_month(bench: Bench) -> None:
    """The event says when."""
    execution = await submitted(bench)
    await bench.skip(30 * DAY)
    await succeed(bench, token(bench))
    ended = bench.now(execution)
    assert (ended.status, ended.stopped) == (Status.SUCCEEDED, NOW + timedelta(days=30))


async def test_a_token_can_come_back_before_its_call_does(bench: Bench) -> None:
    """From a function while it runs: the Task is done, and what the call comes back with is lost."""
    execution = await bench.run(
        {"Ask": going_on("Wait"), "Wait": {"Type": "Wait", "Seconds": 9, "End": True}},
        {"order": 1},
    )
    await bench.settle()
    await succeed(bench, token(bench))
    assert not bench.engine.is_calling
    assert bench.types(execution)[3:7] == [
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "WaitStateEntered",
    ]


async def test_a_call_that_fails_is_not_waited_for(bench: Bench) -> None:
    """Nobody can have got the token."""
    bench.tasks.outcomes = [Failure("SQS.AmazonSQSException", "no")]
    execution = await bench.run({"Ask": asking()}, {"order": 1})
    await bench.settle()
    assert bench.now(execution).error == "SQS.AmazonSQSException"
    assert "TaskSubmitted" not in bench.types(execution)


@pytest.mark.parametrize("failure", [Failure("Refused", "by hand"), Failure("Refused"), Failure()])
async def test_a_token_comes_back_with_a_failure(failure: Failure, bench: Bench) -> None:
    """Error and cause are what was sent, or absent."""
    execution = await submitted(bench)
    await fail(bench, token(bench), failure)
    ended = bench.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, failure.error, failure.cause)
    parts = {"error": failure.error, "cause": failure.cause}
    details = {name: text for name, text in parts.items() if text}
    assert bench.history(execution)[-2]["taskFailedEventDetails"] == {
        "resourceType": "sqs",
        "resource": "sendMessage.waitForTaskToken",
        **details,
    }


async def test_a_token_that_does_not_come_back_in_time_times_out(bench: Bench) -> None:
    """At TimeoutSeconds from when the call was planned, not a moment before."""
    execution = await submitted(bench, TimeoutSeconds=2 * DAY)
    await bench.skip(2 * DAY - 0.001)
    assert bench.now(execution).status is Status.RUNNING
    await bench.skip(0.001)
    ended = bench.now(execution)
    assert (ended.status, ended.error, ended.cause) == (Status.FAILED, "States.Timeout", None)
    assert bench.types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


async def test_a_heartbeat_that_does_not_come_is_a_timeout(bench: Bench) -> None:
    """AWS shows it as States.Timeout, and lets it be caught as States.HeartbeatTimeout."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}]
    bench.tasks.will_return("sent")
    states = {
        "Ask": asking(TimeoutSeconds=600, HeartbeatSeconds=60, Catch=catch),
        "Late": {"Type": "Pass", "End": True},
    }
    execution = await bench.run(states, {"order": 1})
    await bench.settle()
    await bench.skip(60)
    assert bench.now(execution).output == '{"Error":"States.Timeout","Cause":""}'
    (timed_out,) = (event for event in bench.history(execution) if event["type"] == "TaskTimedOut")
    assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"


async def test_a_time_that_is_over_is_no_missing_heartbeat(bench: Bench) -> None:
    """Where only the heartbeat's is caught, the timeout is not."""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Ask"}]
    execution = await submitted(bench, TimeoutSeconds=90, HeartbeatSeconds=60, Catch=catch)
    await bench.skip(50)
    await bench.engine.call_back(token(bench), Interpreter.heartbeat)
    await bench.skip(40)
    assert bench.now(execution).error == "States.Timeout"


async def test_heartbeats_keep_a_task_waiting(bench: Bench) -> None:
    """Each for as long as HeartbeatSeconds says; none is an event."""
    execution = await submitted(bench, HeartbeatSeconds=60)
    for _ in range(3):
        await bench.skip(59)
        await bench.engine.call_back(token(bench), Interpreter.heartbeat)
    assert bench.types(execution)[-1] == "TaskSubmitted"
    await bench.skip(60)
    assert bench.now(execution).error == "States.Timeout"


async def test_a_heartbeat_may_come_though_none_is_waited_for(bench: Bench) -> None:
    """Also while the call is in flight."""
    execution = await bench.run({"Ask": asking()}, {"order": 1})
    await bench.settle()
    await bench.engine.call_back(token(bench), Interpreter.heartbeat)
    assert bench.engine.is_calling
    await succeed(bench, token(bench))
    assert bench.now(execution).status is Status.SUCCEEDED


async def test_an_attempt_has_a_token_of_its_own(bench: Bench) -> None:
    """Nobody waits any more for that of the one before, be the next one planned or made."""
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10}]
    execution = await submitted(bench, Retry=retry)
    first = token(bench)
    await fail(bench, first, Failure("Busy"))
    with pytest.raises(TaskTimedOut):
        await succeed(bench, first)
    bench.tasks.will_return("sent")
    await bench.skip(10)
    assert token(bench) != first
    with pytest.raises(TaskTimedOut):
        await succeed(bench, first)
    await succeed(bench, token(bench))
    assert bench.now(execution).output == '"yes"'


async def test_a_token_comes_back_once(bench: Bench) -> None:
    """What it was sent for a second time changes nothing."""
    execution = await submitted(bench)
    await succeed(bench, token(bench))
    for step in (succeed(bench, token(bench), "no"), fail(bench, token(bench), Failure("No"))):
        with pytest.raises(TaskTimedOut, match="Task Timed Out: 'Provided task does not exist anymore'"):
            await step
    assert bench.now(execution).output == '"yes"'


async def test_a_token_of_an_execution_that_was_stopped_is_of_no_use(bench: Bench) -> None:
    """Nor is it after a redrive, which asks anew."""
    execution = await submitted(bench)
    first, arn = token(bench), bench.engine.arn(execution)
    await bench.engine.stop(arn, None, None)
    with pytest.raises(TaskTimedOut):
        await succeed(bench, first)
    bench.tasks.will_return("sent")
    await bench.engine.redrive(arn)
    await bench.settle()
    with pytest.raises(TaskTimedOut):
        await succeed(bench, first)
    await succeed(bench, token(bench))
    assert bench.now(execution).status is Status.SUCCEEDED


async def test_a_token_of_an_execution_that_is_gone_is_of_a_task_that_does_not_exist(bench: Bench) -> None:
    """Its state machine was deleted, and all with it."""
    execution = await submitted(bench)
    await succeed(bench, token(bench))
    machine = bench.engine.catalog.get(execution.state_machine_id)
    await bench.engine.catalog.delete(machine)
    with pytest.raises(TaskDoesNotExist):
        await succeed(bench, token(bench))


async def test_a_token_of_another_engine_is_invalid(bench: Bench, make_bench: MakeBench) -> None:
    """Even of the same execution."""
    other = await make_bench()
    await submitted(bench)
    await submitted(other)
    with pytest.raises(InvalidToken):
        await succeed(bench, token(other))


async def test_only_a_task_that_waits_for_its_token_has_one(bench: Bench) -> None:
    """For the others the context object has no Task."""
    resource = "arn:aws:states:::sqs:sendMessage"
    execution = await bench.run({"Ask": asking(Resource=resource)}, {"order": 1})
    assert bench.now(execution).error == "States.Runtime"
    assert "$$.Task.Token" in (bench.now(execution).cause or "")


async def test_branches_have_tokens_of_their_own(bench: Bench) -> None:
    """Each comes back for itself, in any order."""
    bench.tasks.will_return("sent")
    bench.tasks.will_return("sent")
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Ask", "States": {"Ask": asking()}}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True}
    execution = await bench.run({"Each": state}, [{"order": 1}, {"order": 2}])
    await bench.settle()
    await succeed(bench, token(bench, 1), "second")
    await succeed(bench, token(bench, 0), "first")
    assert bench.now(execution).output == '["first","second"]'


async def test_the_token_of_a_branch_that_was_cut_short_is_of_no_use(bench: Bench) -> None:
    """Another one failed, and the Parallel with it."""
    bench.tasks.will_return("sent")
    bench.tasks.will_return("sent")
    branches = [{"StartAt": name, "States": {name: asking()}} for name in ("One", "Other")]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
        "Caught": {"Type": "Wait", "Seconds": 5, "End": True},
    }
    execution = await bench.run(states, {"order": 1})
    await bench.settle()
    await fail(bench, token(bench, 0), Failure())
    assert bench.history(execution)[-1]["stateEnteredEventDetails"]["input"] == '{"Error":null,"Cause":null}'
    with pytest.raises(TaskTimedOut):
        await succeed(bench, token(bench, 1))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_a_task_that_was_submitted_is_not_submitted_again(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash it waits on, and what comes back is on disk when that is acknowledged."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await submitted(bench)
        sent = token(bench)
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(days=30))
    async with running(left, clock) as bench:
        await bench.settle()
        assert not bench.tasks.calls
        await succeed(bench, sent)
        left = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        assert bench.now(execution).output == '"yes"'


async def test_a_call_in_flight_is_made_again_with_the_same_token(clock: ManualClock, tmp_path: Path) -> None:
    """It may have arrived the first time, too: either message can be answered."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run({"Ask": asking()}, {"order": 1})
        await bench.settle()
        sent, caller = token(bench), bench.tasks.callers[0]
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.settle()
        assert (token(bench), bench.tasks.callers[0]) == (sent, caller)
        await succeed(bench, sent)
        assert bench.now(execution).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("field", "other"), [("TimeoutSeconds", {}), ("HeartbeatSeconds", {"TimeoutSeconds": 9 * DAY})]
)
async def test_limits_are_kept_over_a_restart(
    field: str, other: dict[str, int], clock: ManualClock, tmp_path: Path
) -> None:
    """What fell due meanwhile has timed out."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await submitted(bench, **{field: DAY}, **other)
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as bench:
        await bench.settle()
        assert bench.now(execution).error == "States.Timeout"


async def test_a_heartbeat_that_is_acknowledged_is_on_disk(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash the silence counts from there."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await submitted(bench, HeartbeatSeconds=60)
        clock.advance(timedelta(seconds=50))
        await bench.engine.call_back(token(bench), Interpreter.heartbeat)
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=59))
    async with running(left, clock) as bench:
        await bench.settle()
        assert bench.now(execution).status is Status.RUNNING
        clock.advance(timedelta(seconds=1))
        await bench.settle()
        assert bench.now(execution).error == "States.Timeout"


async def test_of_two_that_send_a_token_back_at_once_one_is_late(clock: ManualClock, tmp_path: Path) -> None:
    """Before anything is on disk."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await submitted(bench)
        sent = token(bench)
        answers = await asyncio.gather(
            succeed(bench, sent, 1), succeed(bench, sent, 2), return_exceptions=True
        )
        assert answers[0] is None
        assert isinstance(answers[1], TaskTimedOut)
        assert bench.now(execution).output == "1"
