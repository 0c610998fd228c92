"""Map Runs: children, batches, tolerances, results, redrives, and the end of the parent."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import ExecutionNotRedrivable
from stepfunctions_local.engine.execution.call import StorageFailed
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.map_run import MapRun, MapRunStatus
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.language import Failure, Item
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
PASS: dict[str, Any] = {"Do": {"Type": "Pass", "End": True}}
FAIL_ON_TRUE: dict[str, Any] = {
    "Check": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "BooleanEquals": True, "Next": "Fail"}],
        "Default": "Do",
    },
    "Fail": {"Type": "Fail", "Error": "E", "Cause": "C"},
    "Do": {"Type": "Pass", "End": True},
}
WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
CALL: dict[str, Any] = {
    "Call": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f", "Payload": {"item.$": "$"}},
        "End": True,
    }
}
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "JSONL"},
    "Parameters": {"Bucket": "b", "Key": "k"},
}
WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p/"}}
EXCEEDED = "States.ExceedToleratedFailureThreshold"


def distributed(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Build a distributed Map state that ends the execution."""
    states = states or PASS
    processor = {"ProcessorConfig": DISTRIBUTED, "StartAt": next(iter(states)), "States": states}
    return {"Map": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}


def run_of(harness: Harness, execution: Execution) -> MapRun:
    """Return the latest Map Run of an execution."""
    return harness.engine.list_map_runs(execution, 1, 2**63 - 1)[0]


def children_of(harness: Harness, execution: Execution) -> list[Execution]:
    """Return the children of an execution's latest run, the oldest first."""
    wanted = Wanted(0, map_run_id=run_of(harness, execution).id)
    return sorted(harness.engine.executions(wanted, 1_000), key=lambda child: child.id)


def output_of(execution: Execution) -> Any:
    """Return the output of an execution, parsed."""
    return json.loads(execution.output or "null")


async def test_children_are_executions_of_their_own(harness: Harness) -> None:
    """They are found by their ARN, listed by their run alone, and have a history."""
    execution = await harness.run(distributed(Label="label"), ["a", {"b": 1}])
    assert output_of(await harness.finish(execution)) == ["a", {"b": 1}]
    child, _ = children_of(harness, execution)
    arn = harness.engine.arn(child)
    assert ":execution:test/label:" in arn
    assert harness.engine.find(arn) == child
    assert harness.types(child) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert harness.engine.executions(Wanted(execution.state_machine_id), 10) == [harness.now(execution)]


async def test_empty_map_succeeds_with_an_empty_array(harness: Harness) -> None:
    """Its run has no children."""
    assert output_of(await harness.finish(await harness.run(distributed(), []))) == []


async def test_members_of_an_object_are_items(harness: Harness) -> None:
    """A selector reads key and value."""
    selector = {"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"}
    plain = await harness.start(await harness.create(distributed(), "a"), {"x": 1})
    selected = await harness.start(await harness.create(distributed(ItemSelector=selector), "b"), {"x": 1})
    assert output_of(await harness.finish(plain)) == [{"Key": "x", "Value": 1}]
    assert output_of(await harness.finish(selected)) == [{"k": "x", "v": 1, "from": "STATE_DATA"}]


async def test_batches_are_bounded_by_number_and_size(harness: Harness) -> None:
    """Each child gets the batch input as well."""
    batcher = {"MaxItemsPerBatch": 3, "MaxInputBytesPerBatch": 60, "BatchInput": {"n.$": "$.n"}}
    execution = await harness.run(
        distributed(ItemsPath="$.items", ItemBatcher=batcher), {"n": 1, "items": [1, 2, 3, 4, "x" * 20, "y"]}
    )
    batches = output_of(await harness.finish(execution))
    assert [batch["Items"] for batch in batches] == [[1, 2, 3], [4, "x" * 20], ["y"]]
    assert all(batch["BatchInput"] == {"n": 1} for batch in batches)
    assert [child.item_count for child in children_of(harness, execution)] == [3, 2, 1]


async def test_no_more_children_are_open_than_max_concurrency(harness: Harness) -> None:
    """The next one begins when another has ended."""
    execution = await harness.run(distributed(WAIT, MaxConcurrency=2), [1, 2, 3])
    await harness.settle_runs()
    assert [child.status for child in children_of(harness, execution)] == [Status.RUNNING] * 2
    await harness.skip(60)
    await harness.settle_runs()
    assert [child.status for child in children_of(harness, execution)] == [Status.SUCCEEDED] * 2 + [
        Status.RUNNING
    ]
    await harness.skip(60)
    assert output_of(await harness.finish(execution)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("tolerance", "failing", "status"),
    [
        ({}, 1, Status.FAILED),
        ({"ToleratedFailureCount": 1}, 1, Status.SUCCEEDED),
        ({"ToleratedFailureCount": 1}, 2, Status.FAILED),
        ({"ToleratedFailurePercentage": 25}, 1, Status.SUCCEEDED),
        ({"ToleratedFailurePercentage": 25}, 2, Status.FAILED),
        ({"ToleratedFailureCount": 3, "ToleratedFailurePercentage": 25}, 2, Status.FAILED),
    ],
)
async def test_failed_items_are_tolerated_up_to_the_threshold(
    harness: Harness, tolerance: dict[str, Any], failing: int, status: Status
) -> None:
    """Beyond it the run fails with AWS's error; a tolerated failure is described in the result."""
    items = [True] * failing + [False] * (4 - failing)
    ended = await harness.finish(await harness.run(distributed(FAIL_ON_TRUE, **tolerance), items))
    assert ended.status is status
    if status is Status.FAILED:
        assert ended.error == EXCEEDED
    else:
        described = output_of(ended)[0]
        assert (described["Status"], described["Error"], described["Cause"]) == ("FAILED", "E", "C")


async def test_exceeded_threshold_aborts_the_other_children(harness: Harness) -> None:
    """Items that have not begun do not begin."""
    execution = await harness.run(
        distributed({**FAIL_ON_TRUE, "Do": WAIT["Wait"]}, MaxConcurrency=2), [False, True, 1]
    )
    await harness.finish(execution)
    assert [child.status for child in children_of(harness, execution)] == [Status.ABORTED, Status.FAILED]
    assert harness.engine.count_pending_items(run_of(harness, execution)) == 1
    assert harness.types(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


async def test_retry_begins_another_run_and_catch_goes_on(harness: Harness) -> None:
    """A caught failure has AWS's error, and MapStateFailed precedes the exit."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 5}]
    catch = [{"ErrorEquals": [EXCEEDED], "Next": "Caught"}]
    states = distributed(FAIL_ON_TRUE, Retry=retry, Catch=catch) | {"Caught": {"Type": "Pass", "End": True}}
    execution = await harness.run(states, [True])
    await harness.settle_runs()
    await harness.skip(5)
    assert output_of(await harness.finish(execution))["Error"] == EXCEEDED
    assert len(harness.engine.list_map_runs(execution, 10, 2**63 - 1)) == 2
    ended = ["MapRunFailed", "MapStateFailed", "MapStateExited", "PassStateEntered", "PassStateExited"]
    assert harness.types(execution)[-6:-1] == ended


async def test_stopped_parent_aborts_its_run_and_children(harness: Harness) -> None:
    """Children that have not begun never do."""
    execution = await harness.run(distributed(WAIT, MaxConcurrency=1), [1, 2])
    await harness.settle_runs()
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.settle_runs()
    assert run_of(harness, execution).status is MapRunStatus.ABORTED
    assert [child.status for child in children_of(harness, execution)] == [Status.ABORTED]


async def test_parent_that_times_out_aborts_its_run(harness: Harness) -> None:
    """Its children end with it."""
    execution = await harness.run(distributed(WAIT), [1], TimeoutSeconds=10)
    await harness.settle_runs()
    await harness.skip(10)
    assert (await harness.finish(execution)).status is Status.TIMED_OUT
    await harness.settle_runs()
    assert [child.status for child in children_of(harness, execution)] == [Status.ABORTED]


async def test_failed_branch_beside_a_map_aborts_its_run(harness: Harness) -> None:
    """The history has MapRunAborted, and the children end."""
    branches = [
        {"StartAt": "Map", "States": distributed(WAIT)},
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": {"Type": "Fail"}}},
    ]
    execution = await harness.run({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}, [1])
    await harness.settle_runs()
    await harness.skip(5)
    await harness.finish(execution)
    await harness.settle_runs()
    assert "MapRunAborted" in harness.types(execution)
    assert [child.status for child in children_of(harness, execution)] == [Status.ABORTED]


async def test_items_are_read_page_by_page(harness: Harness) -> None:
    """MaxItems cuts them off, and the source of each is known."""
    harness.tasks.pages = [[Item(1, None, "S3://b/k"), Item(2, None, "S3://b/k")], [Item(3), Item(4)]]
    reader = {**READER, "ReaderConfig": {"InputType": "JSONL", "MaxItems": 3}}
    selector = {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "s.$": "$$.Map.Item.Source"}
    ended = await harness.finish(await harness.run(distributed(ItemReader=reader, ItemSelector=selector)))
    assert output_of(ended) == [
        {"i": 0, "v": 1, "s": "S3://b/k"},
        {"i": 1, "v": 2, "s": "S3://b/k"},
        {"i": 2, "v": 3, "s": "STATE_DATA"},
    ]


async def test_dataset_that_cannot_be_read_fails_the_run(harness: Harness) -> None:
    """No child begins, and a redrive reads it again from its beginning."""
    harness.tasks.pages = [[Item(1)], StorageFailed("It is gone.")]
    execution = await harness.run(distributed(ItemReader=READER))
    ended = await harness.finish(execution)
    assert (ended.error, ended.cause) == ("States.ItemReaderFailed", "It is gone.")
    assert children_of(harness, execution) == []
    harness.tasks.pages = [[Item(8)], [Item(9)]]
    await harness.engine.redrive(harness.engine.arn(execution))
    assert output_of(await harness.finish(execution)) == [8, 9]
    assert [position for _, position in harness.tasks.datasets] == [None, None]
    assert "MapRunRedriven" in harness.types(execution)


async def test_results_are_exported_by_status(harness: Harness) -> None:
    """The manifest names the files, and the state's result names the manifest."""
    execution = await harness.run(
        distributed(FAIL_ON_TRUE, ResultWriter=WRITER, ToleratedFailureCount=1), [1, True, 2]
    )
    result = output_of(await harness.finish(execution))
    run = run_of(harness, execution)
    assert result["ResultWriterDetails"] == {"Bucket": "out", "Key": f"p/{run.name}/manifest.json"}
    manifest = json.loads(harness.tasks.objects[f"out/p/{run.name}/manifest.json"])
    succeeded = json.loads(harness.tasks.objects[f"out/p/{run.name}/SUCCEEDED_0.json"])
    assert manifest["MapRunArn"] == result["MapRunArn"]
    assert [len(files) for files in manifest["ResultFiles"].values()] == [1, 0, 1]
    assert [child["Output"] for child in succeeded] == ["1", "2"]


async def test_failed_run_exports_what_is_pending(harness: Harness) -> None:
    """The error stays that of the run."""
    execution = await harness.run(distributed(FAIL_ON_TRUE, ResultWriter=WRITER, MaxConcurrency=1), [True, 7])
    assert (await harness.finish(execution)).error == EXCEEDED
    pending = harness.tasks.objects[f"out/p/{run_of(harness, execution).name}/PENDING_0.json"]
    assert json.loads(pending) == [{"Input": "7", "Status": "PENDING"}]


async def test_results_that_cannot_be_written_fail_the_run_before_a_child_begins(harness: Harness) -> None:
    """The manifest is written first, as on AWS."""
    harness.tasks.refuses_objects = True
    execution = await harness.run(distributed(ResultWriter=WRITER), [1])
    ended = await harness.finish(execution)
    assert (ended.error, ended.cause) == ("States.ResultWriterFailed", "The bucket does not exist.")
    assert children_of(harness, execution) == []


@pytest.mark.parametrize(
    ("config", "result"),
    [
        ({"Transformation": "COMPACT"}, [[1, 2], 3]),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, [1, 2, 3]),
    ],
)
async def test_results_are_transformed(harness: Harness, config: dict[str, str], result: list[Any]) -> None:
    """Without a bucket they are the state's result."""
    execution = await harness.run(distributed(ResultWriter={"WriterConfig": config}), [[1, 2], 3])
    assert output_of(await harness.finish(execution)) == result


async def test_exported_lines_are_json_lines(harness: Harness) -> None:
    """Each result is a line."""
    writer = {**WRITER, "WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"}}
    execution = await harness.run(distributed(ResultWriter=writer), [[1, 2], 3])
    await harness.finish(execution)
    name = run_of(harness, execution).name
    assert harness.tasks.objects[f"out/p/{name}/SUCCEEDED_0.jsonl"] == b"1\n2\n3\n"


async def test_result_that_is_too_large_fails_the_state(harness: Harness) -> None:
    """A redrive begins another run, as on AWS."""
    execution = await harness.run(distributed({"Do": {**PASS["Do"], "Result": "x" * 100_000}}), [1, 2, 3])
    assert (await harness.finish(execution)).error == "States.DataLimitExceeded"
    await harness.engine.redrive(harness.engine.arn(execution))
    await harness.finish(execution)
    assert len(harness.engine.list_map_runs(execution, 10, 2**63 - 1)) == 2


async def test_items_that_are_too_large_fail_the_state(harness: Harness) -> None:
    """Data of a state have 256 KiB at most, however many items they are."""
    state = distributed(Items="{% [1..140000] %}", QueryLanguage="JSONata")
    assert (await harness.finish(await harness.run(state))).error == "States.DataLimitExceeded"


async def test_redrive_goes_on_with_the_unsuccessful_children(harness: Harness) -> None:
    """Successes are kept, and what had not begun begins."""
    execution = await harness.run(distributed(CALL, MaxConcurrency=2), [1, 2, 3])
    await harness.settle_runs()
    assert len(children_of(harness, execution)) == 2
    await harness.engine.stop(harness.engine.arn(execution), None, None)
    await harness.settle_runs()
    for value in ("a", "b", "c"):
        harness.tasks.will_return(value)
    await harness.engine.redrive(harness.engine.arn(execution))
    ended = await harness.finish(execution)
    assert ended.status is Status.SUCCEEDED
    assert sorted(output_of(ended)) == ["a", "b", "c"]
    run = run_of(harness, execution)
    assert (run.redrives, run.status) == (1, MapRunStatus.SUCCEEDED)
    assert [child.redrives for child in children_of(harness, execution)] == [1, 1, 0]


async def test_redrive_of_a_failed_threshold_counts_anew(harness: Harness) -> None:
    """Children that fail again fail the run again."""
    execution = await harness.run(distributed(CALL), [1])
    harness.tasks.outcomes.append(Failure("Boom"))
    assert (await harness.finish(execution)).error == EXCEEDED
    harness.tasks.outcomes.append(Failure("Boom"))
    await harness.engine.redrive(harness.engine.arn(execution))
    assert (await harness.finish(execution)).error == EXCEEDED
    harness.tasks.will_return("fine")
    await harness.engine.redrive(harness.engine.arn(execution))
    assert output_of(await harness.finish(execution)) == ["fine"]


async def test_child_is_redriven_by_its_run_alone(harness: Harness) -> None:
    """RedriveExecution refuses it."""
    execution = await harness.run(distributed(FAIL_ON_TRUE), [True])
    await harness.finish(execution)
    with pytest.raises(ExecutionNotRedrivable, match="by its Map Run"):
        await harness.engine.redrive(harness.engine.arn(children_of(harness, execution)[0]))


async def test_nested_runs_have_parents_that_are_children(harness: Harness) -> None:
    """The outputs are nested as the items were, and a stop reaches all levels."""
    inner = distributed(WAIT)["Map"] | {"Label": "inner"}
    execution = await harness.run(distributed({"Inner": inner}, Label="outer"), [[1, 2], [3]])
    await harness.settle_runs()
    outer = children_of(harness, execution)
    assert [len(children_of(harness, child)) for child in outer] == [2, 1]
    assert ":execution:test/inner:" in harness.engine.arn(children_of(harness, outer[0])[0])
    await harness.skip(60)
    assert output_of(await harness.finish(execution)) == [[1, 2], [3]]


async def test_child_does_not_see_the_variables_of_its_parent(harness: Harness) -> None:
    """It is an execution of its own, with a context object of its own."""
    inner = {
        "Do": {
            "Type": "Pass",
            "Parameters": {"m.$": "$$.StateMachine.Name", "i.$": "$$.Execution.Input"},
            "End": True,
        }
    }
    execution = await harness.run(distributed(inner, Label="l"), [5])
    assert output_of(await harness.finish(execution)) == [{"m": "test/l", "i": 5}]


async def test_failed_selector_fails_the_run_with_its_error(harness: Harness) -> None:
    """AWS calls it a failure of the Map Run."""
    execution = await harness.run(distributed(ItemSelector={"a.$": "$.absent"}), [1])
    ended = await harness.finish(execution)
    assert ended.error == "States.Runtime"
    assert "MapRunFailed" in harness.types(execution)


async def test_update_changes_a_running_run(harness: Harness) -> None:
    """A higher limit lets the other children begin."""
    execution = await harness.run(distributed(WAIT, MaxConcurrency=1), [1, 2])
    await harness.settle_runs()
    run = run_of(harness, execution)
    plan = type(run.plan)(2, run.plan.tolerated_count, run.plan.tolerated_percentage)
    await harness.engine.map_runs.update(run.id, plan)
    await harness.settle_runs()
    assert len(children_of(harness, execution)) == 2


async def test_expired_parent_takes_its_children_along(harness: Harness) -> None:
    """No child outlives the run that it belongs to."""
    execution = await harness.run(distributed(), [1, 2])
    await harness.finish(execution)
    children = children_of(harness, execution)
    harness.clock.advance(timedelta(days=91))
    harness.engine.expiry.expire(timedelta(days=91))
    while await harness.engine.removal.remove_some():
        pass
    assert harness.engine.executions(Wanted(execution.state_machine_id), 9) == []
    assert harness.engine.executions(Wanted(0, map_run_id=children[0].map_run_id), 9) == []


@pytest.mark.parametrize(("rounds", "away"), [(1, 0), (3, 0), (6, 60), (10, 0), (30, 60)])
async def test_run_goes_on_after_a_crash_at_any_moment(tmp_path: Path, rounds: int, away: int) -> None:
    """Each item has one child, whenever the process died, and if children are due at its next start."""
    clock = ManualClock(NOW)
    items = [*range(90)]
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(distributed(WAIT, MaxConcurrency=50), items)
        for _ in range(rounds):
            harness.engine.wake_due()
            await asyncio.sleep(0.002)
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=away))
    async with running(left, clock) as harness:
        for _ in range(3):
            await harness.settle_runs()
            await harness.skip(60)
        assert output_of(await harness.finish(execution)) == items
        assert [json.loads(child.input) for child in children_of(harness, execution)] == items


@pytest.mark.parametrize("rounds", [0, 2, 5, 20])
async def test_redrive_goes_on_after_a_crash_at_any_moment(tmp_path: Path, rounds: int) -> None:
    """Each child is redriven once."""
    clock = ManualClock(NOW)
    items = [*range(60)]
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(distributed(WAIT, MaxConcurrency=40), items)
        await harness.settle_runs()
        await harness.engine.stop(harness.engine.arn(execution), None, None)
        await harness.engine.redrive(harness.engine.arn(execution))
        for _ in range(rounds):
            harness.engine.wake_due()
            await asyncio.sleep(0.002)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        for _ in range(3):
            await harness.settle_runs()
            await harness.skip(60)
        assert output_of(await harness.finish(execution)) == items
        assert [child.redrives for child in children_of(harness, execution)] == [1] * 40 + [0] * 20


async def test_reading_goes_on_at_its_position_after_a_crash(tmp_path: Path) -> None:
    """Items that were read are not read again."""
    clock = ManualClock(NOW)
    async with running(tmp_path / "a", clock) as harness:
        harness.tasks.pages = [[Item(1), Item(2)], [Item(3)]]
        harness.engine.map_runs._tasks = _Hanging(harness.tasks)  # type: ignore[assignment] # noqa: SLF001 - stops after a page
        execution = await harness.run(distributed(ItemReader=READER))
        async with asyncio.timeout(60):
            while run_of(harness, execution).length != 2:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.002)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.pages = [[Item(1), Item(2)], [Item(3)]]
        assert output_of(await harness.finish(execution)) == [1, 2, 3]
        assert [position for _, position in harness.tasks.datasets] == [1]


class _Hanging:
    """A storage that hangs after its first page."""

    def __init__(self, tasks: Any) -> None:
        self._tasks = tasks

    async def read_items(self, dataset: Any, position: Any) -> Any:
        async for page in self._tasks.read_items(dataset, position):
            yield page
            await asyncio.Event().wait()


async def test_running_execution_is_not_redriven_while_its_run_goes_on(harness: Harness) -> None:
    """The refusal does not wait for the end of the run."""
    execution = await harness.run(distributed(WAIT), [1])
    await harness.settle_runs()
    with pytest.raises(ExecutionNotRedrivable):
        await asyncio.wait_for(harness.engine.redrive(harness.engine.arn(execution)), 60)


async def test_repeated_redrive_waits_for_the_first_one(tmp_path: Path) -> None:
    """Both have waited for the end of the same abandoned run; the token makes them one."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        execution = await harness.run(distributed(WAIT), [1])
        await harness.settle_runs()
        arn = harness.engine.arn(execution)
        await harness.engine.stop(arn, None, None)
        await asyncio.gather(harness.engine.redrive(arn, "token"), harness.engine.redrive(arn, "token"))
        assert harness.types(execution).count("ExecutionRedriven") == 1
