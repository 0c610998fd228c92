"""How executions wait, and what ends a wait."""

from datetime import timedelta

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.bench import Bench
from tests.unit.engine.conftest import MakeBench

YEAR_SECONDS = 365 * 24 * 3600

WAIT = {
    "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Done"},
    "Done": {"Type": "Pass", "End": True},
}


async def test_an_execution_waits_until_its_due_time_and_not_a_millisecond_less(bench: Bench) -> None:
    """A wait of 11 seconds is not over after 10.999."""
    execution = await bench.run(WAIT, {"expirydate": 11})
    await bench.skip(10.999)
    assert bench.now(execution).status is Status.RUNNING
    await bench.skip(0.001)
    assert bench.now(execution).status is Status.SUCCEEDED


async def test_what_passes_through_keeps_the_text_it_came_with(bench: Bench) -> None:
    """White space and member order of an input survive states that change nothing."""
    arn = await bench.create(WAIT)
    text = '{ "expirydate" : 0,\n "z": 1.0, "a": 2 }'
    execution = await bench.start_text(arn, text)
    await bench.settle()
    assert bench.now(execution).output == text


async def test_due_executions_go_on_in_order_of_due_time(bench: Bench) -> None:
    """After a long sleep the earliest due time is served first, whatever was started first."""
    arn = await bench.create({"Wait": WAIT["Wait"], "Done": {**TASK, "End": True}})
    for seconds in (30, 10, 20):
        await bench.start(arn, {"expirydate": seconds})
    await bench.skip(60)
    payloads = [call.parameters for call in bench.tasks.calls]
    assert [payload["Payload"]["expirydate"] for payload in payloads] == [10, 20, 30]  # type: ignore[index,call-overload]


TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
}


async def test_the_wait_time_scale_shortens_what_wait_states_wait(make_bench: MakeBench) -> None:
    """With a scale of 0.01 a wait of 100 seconds lasts one."""
    bench = await make_bench(wait_time_scale=0.01)
    execution = await bench.run(WAIT, {"expirydate": 100})
    await bench.skip(0.999)
    assert bench.now(execution).status is Status.RUNNING
    await bench.skip(0.001)
    assert bench.now(execution).status is Status.SUCCEEDED


async def test_a_wait_that_was_stopped_never_goes_on(bench: Bench) -> None:
    """The due time of an aborted execution passes without effect."""
    execution = await bench.run(WAIT, {"expirydate": 11})
    await bench.engine.stop(bench.engine.arn(execution), "Why", "Because")
    await bench.skip(60)
    assert bench.types(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    assert (bench.now(execution).error, bench.now(execution).cause) == ("Why", "Because")


async def test_an_execution_lives_one_year(bench: Bench) -> None:
    """A wait that would end after a year ends TIMED_OUT when the year is over."""
    execution = await bench.run(WAIT, {"expirydate": YEAR_SECONDS + 1})
    await bench.skip(YEAR_SECONDS)
    assert bench.now(execution).status is Status.TIMED_OUT
    assert bench.types(execution)[-1] == "ExecutionTimedOut"


async def test_the_time_limit_of_a_state_machine_ends_its_executions(bench: Bench) -> None:
    """TimeoutSeconds of the definition cuts a wait short."""
    execution = await bench.run(WAIT, {"expirydate": 11}, TimeoutSeconds=5)
    await bench.skip(5)
    assert bench.now(execution).status is Status.TIMED_OUT


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
async def test_a_delay_that_is_no_delay_fails_the_execution(bench: Bench, value: object, cause: str) -> None:
    """It fails with States.Runtime, says what was found, and waits for nothing."""
    execution = bench.now(await bench.run(WAIT, {"expirydate": value}))
    assert (execution.status, execution.error) == (Status.FAILED, "States.Runtime")
    assert execution.cause is not None
    assert cause in execution.cause


async def test_a_missing_delay_fails_the_execution(bench: Bench) -> None:
    """The failure names the path that finds nothing."""
    execution = bench.now(await bench.run(WAIT, {"a": 1}))
    assert execution.error == "States.Runtime"
    assert execution.cause == (
        "An error occurred while executing the state 'Wait' (entered at the event id #2). "
        "The SecondsPath parameter does not reference an input value: $.expirydate"
    )


async def test_an_endless_loop_ends_when_its_history_is_full_and_lets_others_go_on(bench: Bench) -> None:
    """25,000 events are the most an execution may have; a neighbour need not wait for them."""
    way_out = {"Variable": "$.enough", "IsPresent": True, "Next": "C"}
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [way_out], "Default": "A"},
        "C": {"Type": "Succeed"},
    }
    endless = await bench.run(loop, name="loop")
    neighbour = await bench.run(WAIT, {"expirydate": 0}, name="neighbour")
    await bench.settle()
    assert bench.now(neighbour).status is Status.SUCCEEDED
    while not bench.now(endless).stopped:
        await bench.settle()
    assert bench.now(endless).error == "States.Runtime"
    assert bench.history(endless)[-1]["id"] == 25_000


async def test_executions_of_a_deleted_state_machine_fail_at_their_next_transition(bench: Bench) -> None:
    """A wait goes on until it is over; then the execution ends, and with the last one the state machine."""
    execution = await bench.run(WAIT, {"expirydate": 11})
    machine = bench.engine.catalog.get(execution.state_machine_id)
    await bench.engine.catalog.delete(machine)
    assert bench.engine.catalog.all()
    bench.clock.advance(timedelta(seconds=11))
    bench.engine.wake_due()
    assert not bench.engine.catalog.all()
