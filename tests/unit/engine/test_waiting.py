"""Wait states, and the events that end a wait."""

from datetime import timedelta

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.harness import Harness

YEAR_SECONDS = 365 * 24 * 3600

WAIT = {
    "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Done"},
    "Done": {"Type": "Pass", "End": True},
}


async def test_wait_ends_at_its_due_time_to_the_millisecond(harness: Harness) -> None:
    """A wait of 11 seconds is not over after 10.999."""
    execution = await harness.run(WAIT, {"expirydate": 11})
    await harness.skip(10.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_input_that_passes_through_keeps_its_text(harness: Harness) -> None:
    """White space and member order survive states that change nothing."""
    arn = await harness.create(WAIT)
    text = '{ "expirydate" : 0,\n "z": 1.0, "a": 2 }'
    execution = await harness.start_text(arn, text)
    await harness.settle()
    assert harness.now(execution).output == text


async def test_due_executions_continue_in_order_of_due_time(harness: Harness) -> None:
    """After a long sleep the earliest due time is served first, regardless of the start."""
    arn = await harness.create({"Wait": WAIT["Wait"], "Done": {**TASK, "End": True}})
    for seconds in (30, 10, 20):
        await harness.start(arn, {"expirydate": seconds})
    await harness.skip(60)
    payloads = [call.parameters for call in harness.tasks.calls]
    assert [payload["Payload"]["expirydate"] for payload in payloads] == [10, 20, 30]  # type: ignore[index,call-overload]


TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
}


async def test_wait_time_scale_shortens_waits(make_harness: MakeHarness) -> None:
    """With a scale of 0.01 a wait of 100 seconds lasts one second."""
    harness = await make_harness(wait_time_scale=0.01)
    execution = await harness.run(WAIT, {"expirydate": 100})
    await harness.skip(0.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_stopped_wait_never_continues(harness: Harness) -> None:
    """The due time of an aborted execution passes without effect."""
    execution = await harness.run(WAIT, {"expirydate": 11})
    await harness.engine.stop(harness.engine.arn(execution), "Why", "Because")
    await harness.skip(60)
    assert harness.types(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    assert (harness.now(execution).error, harness.now(execution).cause) == ("Why", "Because")


async def test_execution_times_out_after_one_year(harness: Harness) -> None:
    """A longer wait does not extend it."""
    execution = await harness.run(WAIT, {"expirydate": YEAR_SECONDS + 1})
    await harness.skip(YEAR_SECONDS)
    assert harness.now(execution).status is Status.TIMED_OUT
    assert harness.types(execution)[-1] == "ExecutionTimedOut"


async def test_time_limit_of_a_state_machine_ends_its_executions(harness: Harness) -> None:
    """TimeoutSeconds of the definition end a longer wait."""
    execution = await harness.run(WAIT, {"expirydate": 11}, TimeoutSeconds=5)
    await harness.skip(5)
    assert harness.now(execution).status is Status.TIMED_OUT


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (-1, "references a negative value: $.expirydate == -1"),
        (1.5, "cannot be parsed as a long value: $.expirydate == 1.5"),
        ("11", "cannot be parsed as a long value: $.expirydate == 11"),
        (2**31, "Wait state delay is too long."),
        (10**20, f"cannot be parsed as a long value: $.expirydate == {10**20}"),
    ],
)
async def test_invalid_delay_fails_the_execution(harness: Harness, value: object, cause: str) -> None:
    """It fails at once with States.Runtime, and the cause has the value."""
    execution = harness.now(await harness.run(WAIT, {"expirydate": value}))
    assert (execution.status, execution.error) == (Status.FAILED, "States.Runtime")
    assert execution.cause is not None
    assert cause in execution.cause


async def test_missing_delay_fails_the_execution(harness: Harness) -> None:
    """The cause names the path."""
    execution = harness.now(await harness.run(WAIT, {"a": 1}))
    assert execution.error == "States.Runtime"
    assert execution.cause == (
        "An error occurred while executing the state 'Wait' (entered at the event id #2). "
        "The SecondsPath parameter does not reference an input value: $.expirydate"
    )


async def test_endless_loop_fails_at_a_full_history_and_yields_to_others(
    harness: Harness, most_events: int
) -> None:
    """An execution has at most 25,000 events, here 250; its neighbour does not wait for them."""
    way_out = {"Variable": "$.enough", "IsPresent": True, "Next": "C"}
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [way_out], "Default": "A"},
        "C": {"Type": "Succeed"},
    }
    endless = await harness.run(loop, name="loop")
    neighbour = await harness.run(WAIT, {"expirydate": 0}, name="neighbour")
    await harness.settle()
    assert harness.now(neighbour).status is Status.SUCCEEDED
    while not harness.now(endless).stopped:
        await harness.settle()
    assert harness.now(endless).error == "States.Runtime"
    assert harness.history(endless)[-1]["id"] == most_events


async def test_executions_of_a_deleted_state_machine_fail_at_their_next_transition(harness: Harness) -> None:
    """A wait ends first; then the execution fails, and the state machine goes with its last execution."""
    execution = await harness.run(WAIT, {"expirydate": 11})
    machine = harness.engine.catalog.get(execution.state_machine_id)
    await harness.engine.catalog.delete(machine)
    assert harness.engine.catalog.all()
    harness.clock.advance(timedelta(seconds=11))
    harness.engine.wake_due()
    assert not harness.engine.catalog.all()
