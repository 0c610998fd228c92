"""Branches of Parallel and Map: their start, their failures, and their joined output."""

import json
from random import Random
from typing import Any, cast

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.language import Failure
from tests.unit.engine.conftest import MakeHarness
from tests.unit.engine.harness import NOW, Harness, ScriptedTasks

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
CALL: dict[str, Any] = {"Type": "Task", "Resource": ARN, "End": True}
PASS: dict[str, Any] = {"Type": "Pass", "End": True}
FAIL: dict[str, Any] = {"Type": "Fail", "Error": "Odd", "Cause": "reason"}


def wait(seconds: int, **fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, **(fields or {"End": True})}


def branch(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Work": {"Type": "Parallel", "Branches": list(branches), **end, **fields}}


def each(**states: Any) -> dict[str, Any]:
    """Return a Map that processes every item with the same states."""
    return {"Work": {"Type": "Map", "ItemProcessor": branch(**states), "End": True}}


WAIT_EACH = each(Wait={"Type": "Wait", "SecondsPath": "$", "End": True})


def with_fields(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return states with additional fields in the first."""
    name = next(iter(states))
    return {**states, name: {**states[name], **fields}}


def chain(harness: Harness, execution: Execution, first: int = 1) -> list[tuple[int, int, str]]:
    """Return the id, the previous id and the type of each event from an id on."""
    events = harness.history(execution)[first - 1 :]
    return [(event["id"], event["previousEventId"], event["type"]) for event in events]


def output(harness: Harness, execution: Execution) -> Any:
    now = harness.now(execution)
    assert now.status is Status.SUCCEEDED, now
    return json.loads(now.output or "")


async def test_parallel_waits_for_its_slowest_branch(harness: Harness) -> None:
    """Its result has the outputs in the order of the branches."""
    states = parallel(
        branch(A=wait(30, Next="B"), B={**PASS, "Result": "slow"}), branch(C={**PASS, "Result": "fast"})
    )
    execution = await harness.run(states)
    await harness.skip(29.999)
    assert harness.now(execution).status is Status.RUNNING
    await harness.skip(0.001)
    assert output(harness, execution) == ["slow", "fast"]


async def test_each_branch_has_its_own_chain_of_events(harness: Harness) -> None:
    """Its first event follows ParallelStateStarted; the exit follows the last event of a branch."""
    execution = await harness.run(parallel(branch(A=wait(2)), branch(B=wait(1))))
    await harness.skip(1)
    await harness.skip(1)
    assert chain(harness, execution) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "ParallelStateEntered"),
        (3, 2, "ParallelStateStarted"),
        (4, 3, "WaitStateEntered"),
        (5, 3, "WaitStateEntered"),
        (6, 5, "WaitStateExited"),
        (7, 4, "WaitStateExited"),
        (8, 7, "ParallelStateSucceeded"),
        (9, 7, "ParallelStateExited"),
        (10, 9, "ExecutionSucceeded"),
    ]


async def test_calls_of_branches_are_in_flight_together(harness: Harness) -> None:
    """One call returns while the other is in flight."""
    execution = await harness.run(parallel(branch(A=CALL), branch(B=wait(5, Next="C"), C=CALL)), {"a": 1})
    await harness.settle()
    assert len(harness.tasks.calls) == 1
    harness.tasks.will_return("second")
    await harness.skip(5)
    assert len(harness.tasks.calls) == 2
    assert harness.now(execution).status is Status.RUNNING


async def test_branches_begin_with_the_text_of_the_input(harness: Harness) -> None:
    """Passed-through input keeps its white space, and joined output keeps the texts of its parts."""
    execution = await harness.start_text(
        await harness.create(parallel(branch(A=PASS), branch(B=PASS))), '{ "a": 1.0 }'
    )
    assert harness.now(execution).output == '[{ "a": 1.0 },{ "a": 1.0 }]'


async def test_map_processes_every_item(harness: Harness) -> None:
    """It takes items in order, and each has an event for its start and its end."""
    execution = await harness.run(with_fields(WAIT_EACH, MaxConcurrency=1), [1, 2])
    await harness.skip(1)
    await harness.skip(2)
    assert output(harness, execution) == [1, 2]
    assert chain(harness, execution, 2) == [
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"),
        (5, 4, "WaitStateEntered"),
        (6, 5, "WaitStateExited"),
        (7, 6, "MapIterationSucceeded"),
        (8, 6, "MapIterationStarted"),
        (9, 8, "WaitStateEntered"),
        (10, 9, "WaitStateExited"),
        (11, 10, "MapIterationSucceeded"),
        (12, 11, "MapStateSucceeded"),
        (13, 11, "MapStateExited"),
        (14, 13, "ExecutionSucceeded"),
    ]


async def test_map_over_no_items_succeeds_at_once(harness: Harness) -> None:
    """Its output is an empty list."""
    execution = await harness.run(WAIT_EACH, [])
    assert output(harness, execution) == []
    assert [previous for _, previous, _ in chain(harness, execution)] == [0, 0, 2, 3, 3, 5]


@pytest.mark.parametrize(
    ("fields", "at_once"), [({}, 40), ({"MaxConcurrency": 0}, 40), ({"MaxConcurrency": 3}, 3)]
)
async def test_map_limits_its_concurrency(harness: Harness, fields: dict[str, int], at_once: int) -> None:
    """Without MaxConcurrency the limit is 40; the next item begins when another ends."""
    execution = await harness.run(with_fields(WAIT_EACH, **fields), [10] * 45)
    assert harness.types(execution).count("MapIterationStarted") == at_once
    for _ in range(-(-45 // at_once)):
        await harness.skip(10)
    assert output(harness, execution) == [10] * 45


async def test_late_item_follows_the_item_that_ended(harness: Harness) -> None:
    """The first items follow MapStateStarted."""
    execution = await harness.run(with_fields(WAIT_EACH, MaxConcurrency=2), [5, 1, 1])
    await harness.skip(1)
    started = [
        previous for _, previous, type_name in chain(harness, execution) if type_name == "MapIterationStarted"
    ]
    assert started == [3, 3, 8]
    assert chain(harness, execution)[7] == (8, 7, "WaitStateExited")


async def test_item_selector_reads_the_item_and_the_input(harness: Harness) -> None:
    """The item is in the context object."""
    selector = {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.items"}
    states = with_fields(each(A=PASS), ItemSelector=selector, ItemsPath="$.items")
    execution = await harness.run(states, {"items": ["a", "b"]})
    assert output(harness, execution) == [
        {"i": 0, "v": "a", "all": ["a", "b"]},
        {"i": 1, "v": "b", "all": ["a", "b"]},
    ]


async def test_branches_nest(harness: Harness) -> None:
    """A Map in a Parallel in a Map has waits at the bottom."""
    inner = {
        **WAIT_EACH["Work"],
        "ItemProcessor": branch(W={"Type": "Wait", "SecondsPath": "$", "End": True}),
    }
    middle = {"Type": "Parallel", "Branches": [branch(I=inner), branch(P=PASS)], "End": True}
    execution = await harness.run(each(M=middle), [[1, 2], [3]])
    for _ in range(3):
        await harness.skip(1)
    assert output(harness, execution) == [[[1, 2], [1, 2]], [[3], [3]]]


async def test_parallel_filters_its_outputs(harness: Harness) -> None:
    """ResultSelector, ResultPath and OutputPath work as for a call."""
    states = parallel(
        branch(A={**PASS, "Result": 1}),
        branch(B={**PASS, "Result": 2}),
        ResultSelector={"second.$": "$[1]"},
        ResultPath="$.both",
        OutputPath="$.both",
    )
    execution = await harness.run(states, {"a": 1})
    assert output(harness, execution) == {"second": 2}


async def test_parameters_of_a_parallel_are_the_input_of_its_branches(harness: Harness) -> None:
    """The input of the Parallel is unchanged."""
    states = parallel(branch(A=PASS), Parameters={"x.$": "$.a"}, ResultPath="$.r")
    execution = await harness.run(states, {"a": 1})
    assert output(harness, execution) == {"a": 1, "r": [{"x": 1}]}


async def test_failure_aborts_the_other_branches(harness: Harness) -> None:
    """Their waits and calls end, and the history names their states; as measured on AWS."""
    states = parallel(branch(A=wait(60)), branch(B=wait(1, Next="C"), C=FAIL), branch(D=CALL), branch(E=PASS))
    execution = await harness.run(states)
    await harness.skip(1)
    assert (harness.now(execution).error, harness.now(execution).cause) == ("Odd", "reason")
    failed = next(event["id"] for event in harness.history(execution) if event["type"] == "FailStateEntered")
    assert chain(harness, execution, failed + 1) == [
        (failed + 1, failed, "WaitStateAborted"),
        (failed + 2, failed, "TaskStateAborted"),
        (failed + 3, failed, "ParallelStateFailed"),
        (failed + 4, failed + 3, "ExecutionFailed"),
    ]
    assert not harness.engine.is_calling
    assert harness.engine.next_due() is None


async def test_failed_item_aborts_the_others(harness: Harness) -> None:
    """Each iteration has an event, the failed iteration last; as measured on AWS."""
    rule = {"Variable": "$", "NumericEquals": 0, "Next": "No"}
    states = each(
        Which={"Type": "Choice", "Choices": [rule], "Default": "Long"},
        Long=wait(60),
        No=wait(1, Next="F"),
        F=FAIL,
    )
    execution = await harness.run(states, [1, 0])
    await harness.skip(1)
    failed = next(event["id"] for event in harness.history(execution) if event["type"] == "FailStateEntered")
    assert chain(harness, execution, failed + 1) == [
        (failed + 1, failed, "MapIterationAborted"),
        (failed + 2, failed, "WaitStateAborted"),
        (failed + 3, failed, "MapIterationFailed"),
        (failed + 4, failed, "MapStateFailed"),
        (failed + 5, failed + 4, "ExecutionFailed"),
    ]
    aborted = harness.history(execution)[failed]["mapIterationAbortedEventDetails"]
    assert aborted == {"name": "Work", "index": 0}


async def test_failed_call_adds_an_aborted_event_for_its_state(harness: Harness) -> None:
    """The event precedes the failure of the Parallel; as measured on AWS."""
    harness.tasks.outcomes = [Failure("Busy")]
    execution = await harness.run(parallel(branch(A=CALL)))
    await harness.settle()
    assert chain(harness, execution, 7) == [
        (7, 6, "LambdaFunctionFailed"),
        (8, 7, "TaskStateAborted"),
        (9, 7, "ParallelStateFailed"),
        (10, 9, "ExecutionFailed"),
    ]


async def test_runtime_error_adds_no_events_for_branches(harness: Harness) -> None:
    """The cause names the state in the branch; as measured on AWS."""
    broken = {"Type": "Pass", "Parameters": {"m.$": "$.nope"}, "End": True}
    execution = await harness.run(parallel(branch(A=wait(60)), branch(B=broken)))
    assert harness.types(execution)[-1] == "ExecutionFailed"
    assert chain(harness, execution, 5) == [(5, 3, "PassStateEntered"), (6, 5, "ExecutionFailed")]
    assert "executing the state 'B' (entered at the event id #5)" in (harness.now(execution).cause or "")


async def test_retry_repeats_a_whole_parallel(harness: Harness) -> None:
    """After the backoff all branches begin again, including those that had ended."""
    retry = [{"ErrorEquals": ["Odd"], "IntervalSeconds": 10, "MaxAttempts": 1}]
    execution = await harness.run(parallel(branch(A=wait(60)), branch(B=PASS), branch(C=FAIL), Retry=retry))
    await harness.skip(9.999)
    assert harness.types(execution).count("ParallelStateStarted") == 1
    await harness.skip(0.001)
    assert harness.types(execution).count("ParallelStateStarted") == 2
    assert harness.types(execution).count("ParallelStateFailed") == 1
    assert harness.types(execution)[-2:] == ["ParallelStateFailed", "ExecutionFailed"]
    assert harness.now(execution).status is Status.FAILED


async def test_caught_failure_continues_without_the_branches(harness: Harness) -> None:
    """No branch is left to wake up later."""
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Rescue"}]
    states = parallel(branch(A=wait(60)), branch(B=FAIL), Catch=catch) | {"Rescue": wait(5)}
    execution = await harness.run(states, {"a": 1})
    await harness.skip(5)
    assert output(harness, execution) == {"a": 1, "e": {"Error": "Odd", "Cause": "reason"}}
    assert harness.engine.next_due() is None
    types = harness.types(execution)
    assert types[types.index("ParallelStateFailed") + 1] == "ParallelStateExited"
    assert "WaitStateExited" in types[types.index("ParallelStateExited") :]


async def test_outer_state_catches_the_failure_of_an_inner_state(harness: Harness) -> None:
    """The inner state has no catcher, and fails."""
    inner = {"Type": "Parallel", "Branches": [branch(F=FAIL), branch(W=wait(60))], "End": True}
    catch = [{"ErrorEquals": ["Odd"], "Next": "Rescue"}]
    states = with_fields(each(I=inner), Catch=catch, MaxConcurrency=1) | {"Rescue": PASS}
    execution = await harness.run(states, [1, 2])
    assert output(harness, execution) == {"Error": "Odd", "Cause": "reason"}
    assert harness.engine.next_due() is None


async def test_state_in_a_branch_catches_its_own_failure(harness: Harness) -> None:
    """Other branches are unaffected."""
    harness.tasks.outcomes = [Failure("Busy")]
    call = {**CALL, "Catch": [{"ErrorEquals": ["Busy"], "Next": "Plan B"}]}
    execution = await harness.run(parallel(branch(A=call, **{"Plan B": PASS}), branch(C=wait(1))))
    await harness.skip(1)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_stop_ends_all_branches(harness: Harness) -> None:
    """No wait and no call is left."""
    execution = await harness.run(parallel(branch(A=wait(60)), branch(B=CALL)))
    await harness.settle()
    await harness.engine.stop(harness.engine.arn(execution), "Why", None)
    await harness.skip(100)
    assert harness.types(execution)[-1] == "ExecutionAborted"
    assert harness.now(execution).status is Status.ABORTED
    assert not harness.engine.is_calling
    assert harness.engine.next_due() is None


async def test_time_limit_ends_all_branches(harness: Harness) -> None:
    """The execution times out once."""
    execution = await harness.run(parallel(branch(A=wait(60)), branch(B=wait(70))), TimeoutSeconds=5)
    await harness.skip(100)
    assert harness.now(execution).status is Status.TIMED_OUT
    assert harness.types(execution).count("ExecutionTimedOut") == 1


async def test_oversized_joined_output_fails_the_state(harness: Harness) -> None:
    """The limit of 256 KiB holds for joined output, too."""
    big = {**PASS, "Result": "x" * 131_073}
    execution = await harness.run(parallel(branch(A=big), branch(B=big)))
    assert harness.now(execution).error == "States.DataLimitExceeded"
    assert "'Work' returned a result" in (harness.now(execution).cause or "")


async def test_full_history_fails_a_map(harness: Harness, most_events: int) -> None:
    """It ends within its 100 items, at 250 events; other executions continue meanwhile."""
    execution = await harness.run(each(A=PASS), [0] * 100)
    neighbour = await harness.run(WAIT_EACH, [0], name="neighbour")
    await harness.settle()
    assert harness.now(neighbour).status is Status.SUCCEEDED
    while not harness.now(execution).stopped:
        await harness.settle()
    assert harness.now(execution).error == "States.Runtime"
    assert [event["id"] for event in harness.history(execution)] == list(range(1, most_events + 1))


async def test_long_map_continues_in_the_next_turn(harness: Harness) -> None:
    """Each item is processed once, in any number of turns."""
    execution = await harness.run(
        each(
            A=PASS,
        ),
        list(range(1_000)),
    )
    assert harness.now(execution).status is Status.RUNNING
    while not harness.now(execution).stopped:
        await harness.settle()
    assert output(harness, execution) == list(range(1_000))
    assert harness.types(execution).count("MapIterationSucceeded") == 1_000


async def test_long_parallel_continues_in_the_next_turn(harness: Harness) -> None:
    """Its later branches begin in a later turn."""
    states = parallel(*(branch(**{f"S{n}": {**PASS, "Result": n}}) for n in range(300)))
    execution = await harness.run(states)
    while not harness.now(execution).stopped:
        await harness.settle()
    assert output(harness, execution) == list(range(300))


async def test_branches_read_outer_variables_and_keep_their_own(harness: Harness) -> None:
    """Variables of a branch end with it."""
    inner = {**PASS, "Assign": {"y.$": "$x"}}
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1}, "Next": "Work"},
        **with_fields(
            each(I={**inner, "Next": "J"} | {}, J={**PASS, "Parameters": {"y.$": "$y", "x.$": "$x"}})
        ),
    }
    states["Work"]["ItemProcessor"]["States"]["I"].pop("End")
    execution = await harness.run(states, [0, 0])
    assert output(harness, execution) == [{"x": 1, "y": 1}] * 2


@pytest.mark.parametrize(
    ("fields", "value", "cause"),
    [
        ({}, {"a": 1}, 'Reference path "$" must point to array.'),
        ({"ItemsPath": "$.b"}, {"a": 1}, 'Reference path "$.b" must point to array.'),
        (
            {"MaxConcurrencyPath": "$.n", "ItemsPath": "$.i"},
            {"n": 1.5, "i": [1]},
            'The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $.n',
        ),
        (
            {"MaxConcurrencyPath": "$.n", "ItemsPath": "$.i"},
            {"n": -1, "i": [1]},
            "MaxConcurrency must be between 0 and 2147483647.",
        ),
        (
            {"ToleratedFailurePercentagePath": "$.n", "ItemsPath": "$.i"},
            {"n": 101, "i": [1]},
            "ToleratedFailurePercentage must be between 0 and 100.",
        ),
        (
            {"ItemSelector": {"x.$": "$.nope"}},
            [0],
            "The JSONPath '$.nope' specified for the field 'x.$' could not be found in the input '[0]'",
        ),
    ],
)
async def test_map_that_cannot_begin_fails(
    harness: Harness, fields: dict[str, Any], value: object, cause: str
) -> None:
    """The error is States.Runtime, and the cause has the value."""
    execution = await harness.run(with_fields(each(A=PASS), **fields), value)
    ended = harness.now(execution)
    assert ended.error == "States.Runtime"
    assert (
        ended.cause
        == f"An error occurred while executing the state 'Work' (entered at the event id #2). {cause}"
    )
    assert "MapStateFailed" not in harness.types(execution)


async def test_waits_of_branches_are_scaled(make_harness: MakeHarness) -> None:
    """The wait time scale holds for every wait."""
    harness = await make_harness(wait_time_scale=0.01)
    execution = await harness.run(WAIT_EACH, [100, 200])
    await harness.skip(2)
    assert output(harness, execution) == [100, 200]


async def test_branches_call_with_their_own_input(harness: Harness) -> None:
    """The result of each call is the output of its own branch."""
    for value in "ab":
        harness.tasks.will_return(value)
    execution = await harness.run(each(A=CALL), [{"n": 1}, {"n": 2}])
    await harness.settle()
    assert [cast("Any", call.parameters)["n"] for call in harness.tasks.calls] == [1, 2]
    assert output(harness, execution) == ["a", "b"]


class BrokenDice(Random):
    """A random generator with a defect: its numbers raise an unexpected error."""

    def randrange(self, *_: Any) -> int:
        """Fail."""
        raise OSError


async def test_defect_in_a_branch_fails_its_execution_alone(caplog: pytest.LogCaptureFixture) -> None:
    """All its branches end, and the log has the traceback."""
    thrown = {**PASS, "Parameters": {"thrown.$": "States.MathRandom(1, 6)"}}
    tasks = ScriptedTasks()
    async with (
        open_records(None) as records,
        Engine(tasks, records, clock=ManualClock(NOW), random=BrokenDice()) as engine,
    ):
        harness = Harness(engine, engine.clock, tasks)  # type: ignore[arg-type]
        broken = await harness.run(parallel(branch(A=wait(5)), branch(B=wait(1, Next="C"), C=thrown)))
        other = await harness.start(await harness.create(parallel(branch(A=wait(5))), "other"))
        await harness.skip(1)
        assert harness.now(broken).status is Status.FAILED
        assert harness.types(broken)[-2:] == ["PassStateEntered", "ExecutionFailed"]
        assert "defect" in caplog.text
        await harness.skip(4)
        assert harness.now(other).status is Status.SUCCEEDED
        assert engine.next_due() is None
