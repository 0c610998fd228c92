"""One execution holds up no other: bounded turns and batches, and the order in which they take place."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench import greedy
from stepfunctions_local.engine import dispatcher, expiry
from stepfunctions_local.engine.clock import ManualClock, SkippableClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import StateMachineDoesNotExist
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.execution.unit_of_work import MAX_TURN_CHARACTERS
from stepfunctions_local.engine.records import journal
from stepfunctions_local.engine.records.change import Change, ClockSkipped, count_characters
from stepfunctions_local.engine.records.journal import BATCH_CHARACTERS, ROOM, GroupJournal
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.records.writer import Writer
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.errors import JournalStopped
from tests.unit.engine.disk import DiskHarness, running
from tests.unit.engine.harness import NOW, Harness, ScriptedTasks

LOOP: dict[str, Any] = greedy.LOOP["States"]
WAIT: dict[str, Any] = {"Wait": greedy.WAIT | {"End": True}}
TEXT = "x" * 250_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def on_disk(tmp_path: Path, clock: ManualClock) -> AsyncIterator[DiskHarness]:
    async with running(tmp_path, clock) as harness:
        yield harness


def journal_of(harness: DiskHarness) -> GroupJournal:
    """Return the journal of an engine on disk."""
    assert isinstance(harness.records.journal, GroupJournal)
    return harness.records.journal


def writer_of(harness: DiskHarness) -> Writer:
    """Return the writer of an engine on disk."""
    return journal_of(harness)._writer  # noqa: SLF001 - where batches can be counted


def record_batches(harness: DiskHarness, monkeypatch: pytest.MonkeyPatch) -> list[list[Change]]:
    """Record the batches that are written from now on."""
    batches: list[list[Change]] = []
    writer = writer_of(harness)
    write = writer.write

    def record(changes: Sequence[Change]) -> None:
        batches.append([*changes])
        write(changes)

    monkeypatch.setattr(writer, "write", record)
    return batches


async def spin(rounds: int = 20) -> None:
    """Let everything go on that can."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def finish(harness: Harness, *executions: Execution) -> None:
    """Let executions go on to their end."""
    while not all(harness.now(execution).stopped for execution in executions):
        await harness.settle()


async def test_turn_is_bounded_in_characters(harness: Harness) -> None:
    """A loop with 250 KB ends its turn after the second text, not after 200 events."""
    execution = await harness.run(LOOP, {"text": TEXT})
    for _ in range(5):
        harness.engine.wake_due()
    turns = list(harness.engine.events(execution, None, backwards=False))
    assert len(turns) > 5
    assert max(len(json.dumps(turn)) for turn in turns) < MAX_TURN_CHARACTERS + 3 * len(TEXT)


async def test_rewritten_variables_count_as_text_of_the_turn(harness: Harness) -> None:
    """Each Assign writes all variables anew, though its event has only the assigned one."""
    kept = {"kept": "x" * 200_000}
    states: dict[str, Any] = {"Keep": {"Type": "Pass", "Assign": kept, "Next": "S0"}}
    for n in range(6):
        states[f"S{n}"] = {"Type": "Pass", "Assign": {"n": n}, "Next": f"S{n + 1}"}
    execution = await harness.run({**states, "S6": {"Type": "Succeed"}})
    assert harness.now(execution).status is Status.RUNNING
    await finish(harness, execution)
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_batch_is_bounded_in_characters(on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has 1 MiB at most, or a single change; every change is in one, in the order of the calls."""
    batches = record_batches(on_disk, monkeypatch)
    changes = [build_skip(number) for number in range(6)]
    monkeypatch.setattr(journal, "count_characters", lambda _: BATCH_CHARACTERS // 2)
    await asyncio.gather(*[journal_of(on_disk).submit(change) for change in changes])
    assert [len(batch) for batch in batches] == [2, 2, 2]
    monkeypatch.setattr(journal, "count_characters", lambda _: 3 * BATCH_CHARACTERS)
    await asyncio.gather(*[journal_of(on_disk).submit(change) for change in changes])
    assert [len(batch) for batch in batches[3:]] == [1] * 6
    assert [change for batch in batches for change in batch] == changes * 2
    assert journal_of(on_disk).backlog == 0


async def test_batch_is_bounded_in_changes(on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small changes hold up the event loop as a large one does."""
    batches = record_batches(on_disk, monkeypatch)
    monkeypatch.setattr(journal, "BATCH_CHANGES", 4)
    await asyncio.gather(*[journal_of(on_disk).submit(build_skip(number)) for number in range(10)])
    assert [len(batch) for batch in batches] == [4, 4, 2]


async def test_loop_writes_one_turn_a_batch(on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often due executions are looked for, its next turn is taken after the last one's commit."""
    batches = record_batches(on_disk, monkeypatch)
    execution = await on_disk.run(LOOP, {"text": TEXT})
    for _ in range(200):
        on_disk.engine.wake_due()
        await asyncio.sleep(0)
    await on_disk.settle()
    await on_disk.engine.stop(on_disk.engine.arn(execution), None, None)
    for batch in batches:
        assert len(batch) == 1 or sum(count_characters(change) for change in batch) <= BATCH_CHARACTERS


@asynccontextmanager
async def slow_disk(harness: DiskHarness, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let commits wait until the end of the block."""
    writer, free = writer_of(harness), threading.Event()
    commit = writer.commit

    def wait_and_commit() -> None:
        assert free.wait(30)
        commit()

    monkeypatch.setattr(writer, "commit", wait_and_commit)
    try:
        yield
    finally:
        free.set()


async def test_execution_is_not_woken_before_its_last_turn_is_on_disk(
    on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are woken meanwhile; it goes on after the commit, and ends as it would have."""
    loop, wait = await on_disk.create(LOOP, "loop"), await on_disk.create(WAIT, "wait")
    other = await on_disk.start(wait, {"expirydate": 1})
    async with slow_disk(on_disk, monkeypatch):
        starting = asyncio.create_task(on_disk.start(loop, {"text": TEXT}))
        await spin()
        assert on_disk.engine.wake_due() == 0
        assert on_disk.engine.is_held_back
        on_disk.clock.advance(timedelta(seconds=1))
        assert on_disk.engine.wake_due() == 1
        assert on_disk.engine.wake_due() == 0
    looping = await starting
    await finish(on_disk, other)
    assert len(on_disk.types(looping)) > 2
    await on_disk.engine.stop(on_disk.engine.arn(looping), None, None)


async def test_stopped_execution_is_not_woken_after_the_commit(
    on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was held back when it was stopped."""
    loop = await on_disk.create(LOOP)
    execution = await on_disk.start(loop, {"text": TEXT})
    on_disk.engine.wake_due()
    on_disk.engine.wake_due()
    async with slow_disk(on_disk, monkeypatch):
        stopping = asyncio.create_task(on_disk.engine.stop(on_disk.engine.arn(execution), None, None))
        await spin()
    await stopping
    await on_disk.settle()
    assert on_disk.types(execution)[-1] == "ExecutionAborted"
    assert not on_disk.engine.is_held_back


async def test_small_executions_pass_large_ones_while_the_disk_is_behind(on_disk: DiskHarness) -> None:
    """The large ones go on in order of due time once there is room."""
    arn = await on_disk.create(WAIT)
    large = [await on_disk.start(arn, {"expirydate": n, "text": TEXT}) for n in (1, 2)]
    small = await on_disk.start(arn, {"expirydate": 3})
    journal_of(on_disk).backlog += ROOM
    on_disk.clock.advance(timedelta(seconds=3))
    assert on_disk.engine.wake_due() == 1
    await on_disk.records.journal.submit(build_skip(1))
    assert [on_disk.now(each).status for each in (*large, small)] == [
        *(Status.RUNNING, Status.RUNNING),
        Status.SUCCEEDED,
    ]
    assert on_disk.engine.is_held_back
    journal_of(on_disk).backlog -= ROOM
    assert on_disk.engine.wake_due() == 1
    await finish(on_disk, large[0])
    await finish(on_disk, large[1])
    assert not on_disk.engine.is_held_back


async def test_nothing_is_woken_while_much_is_not_on_disk(on_disk: DiskHarness) -> None:
    """So the turns in memory are bounded, even if the disk is full for long."""
    execution = await on_disk.run(WAIT, {"expirydate": 1})
    on_disk.clock.advance(timedelta(seconds=1))
    journal_of(on_disk).backlog += dispatcher.MOST_BACKLOG
    assert (on_disk.engine.wake_due(), on_disk.engine.is_held_back) == (0, True)
    journal_of(on_disk).backlog -= dispatcher.MOST_BACKLOG
    await finish(on_disk, execution)


async def test_small_start_passes_large_ones_while_the_disk_is_behind(on_disk: DiskHarness) -> None:
    """Large starts go on in the order of the calls, one for each room that a commit makes."""
    arn = await on_disk.create(WAIT)
    journal_of(on_disk).backlog += ROOM
    large = [asyncio.create_task(on_disk.start(arn, {"expirydate": 9, "text": TEXT})) for _ in range(3)]
    small = await on_disk.start(arn, {"expirydate": 9})
    assert not any(task.done() for task in large)
    journal_of(on_disk).backlog -= ROOM
    await on_disk.records.journal.submit(build_skip(1))
    ids = [(await task).id for task in large]
    assert [small.id, *ids] == sorted([small.id, *ids])


async def test_start_that_waits_for_room_fails_if_its_state_machine_is_deleted(on_disk: DiskHarness) -> None:
    """The deletion does not know of it, and no execution begins."""
    arn = await on_disk.create(WAIT)
    journal_of(on_disk).backlog += ROOM
    start = asyncio.create_task(on_disk.start(arn, {"expirydate": 9, "text": TEXT}))
    await asyncio.sleep(0)
    await on_disk.engine.catalog.delete(on_disk.engine.catalog.find(arn))
    journal_of(on_disk).backlog -= ROOM
    await on_disk.records.journal.submit(build_skip(1))
    with pytest.raises(StateMachineDoesNotExist):
        await start


async def test_result_of_a_call_waits_for_room(on_disk: DiskHarness) -> None:
    """It is taken once there is room, and waiting for calls does not end before."""
    function = "arn:aws:lambda:us-east-1:123456789012:function:Echo"
    arn = await on_disk.create({"Call": {"Type": "Task", "Resource": function, "End": True}})
    on_disk.tasks.will_return(TEXT)
    journal_of(on_disk).backlog += ROOM
    execution = await on_disk.start(arn)
    await spin()
    assert on_disk.engine.is_held_back
    assert on_disk.now(execution).status is Status.RUNNING
    journal_of(on_disk).backlog -= ROOM
    await finish(on_disk, execution)
    assert on_disk.now(execution).status is Status.SUCCEEDED


async def test_skip_waits_for_executions_that_are_held_back(tmp_path: Path, most_events: int) -> None:
    """The clock does not pass a looping execution by."""
    clock = SkippableClock(ManualClock(NOW))
    async with (
        open_records(tmp_path) as records,
        Engine(ScriptedTasks(), records, clock=clock) as engine,
    ):
        harness = Harness(engine, ManualClock(NOW), ScriptedTasks())
        loop, wait = await harness.create(LOOP, "loop"), await harness.create(WAIT, "wait")
        looping = await harness.start(loop, {"text": "x" * 20_000})
        waiting = await harness.start(wait, {"expirydate": 60})
        await Skips(engine, clock, records.journal).by(timedelta(seconds=60))
        assert harness.now(waiting).status is Status.SUCCEEDED
        ended = harness.now(looping)
        assert (ended.status, ended.stopped) == (Status.FAILED, NOW)
        assert harness.history(looping)[-1]["id"] == most_events


async def test_redrive_and_its_turn_are_one_change(
    on_disk: DiskHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the two would leave a running execution without a position."""
    execution = await on_disk.run({"F": {"Type": "Fail"}})
    batches = record_batches(on_disk, monkeypatch)
    monkeypatch.setattr(journal, "BATCH_CHANGES", 1)
    await on_disk.engine.redrive(on_disk.engine.arn(execution))
    assert len(batches) == 1


async def test_deleted_state_machine_is_removed_after_a_crash_before_its_removal(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of its last execution and the removal are two changes."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(WAIT, {"expirydate": 1})
        catalog = harness.engine.catalog
        await catalog.delete(catalog.get(execution.state_machine_id))
        monkeypatch.setattr(catalog, "_remove", lambda _: None)
        await harness.skip(1)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.engine.catalog.all() == []


def break_loop(engine: Engine) -> None:
    """Let the next look for due executions meet a defect."""

    def fail() -> None:
        raise KeyError("defect")

    engine._dispatcher._timers.pop_due = fail  # type: ignore[assignment, method-assign]  # noqa: SLF001 - a defect inside
    engine.look_again()


async def run_with_broken_loop(folder: Path | None) -> None:
    """Run an engine until the defect in its waking loop stops it."""
    async with open_records(folder) as records, Engine(ScriptedTasks(), records) as engine:
        break_loop(engine)
        await asyncio.sleep(60)


@pytest.mark.parametrize("is_on_disk", [True, False])
async def test_defect_in_the_waking_loop_stops_the_endpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_on_disk: bool
) -> None:
    """It is logged with its traceback, and the reason is raised: without that loop nothing fires."""
    with pytest.raises(JournalStopped, match=r"met a defect \(.*start it again"):
        await run_with_broken_loop(tmp_path if is_on_disk else None)
    assert any(record.exc_info for record in caplog.records)


async def test_defect_in_another_loop_stops_the_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expired executions would be kept for ever."""
    monkeypatch.setattr(expiry.Expiry, "expire", lambda *_: 1 // 0)
    with pytest.raises(JournalStopped, match="ZeroDivisionError"):
        async with open_records(tmp_path) as records, Engine(ScriptedTasks(), records):
            await asyncio.sleep(60)


async def test_defect_after_a_commit_stops_the_endpoint(tmp_path: Path) -> None:
    """The change is acknowledged: it is on disk. Later ones are refused."""
    with pytest.raises(JournalStopped, match="ZeroDivisionError"):
        await submit_with_defect(tmp_path)


async def submit_with_defect(folder: Path) -> None:
    """Submit a change with a defect in what follows its commit."""

    def fail() -> None:
        raise ZeroDivisionError

    async with open_records(folder) as records:
        await records.journal.submit(build_skip(1), fail)
        await asyncio.sleep(60)


async def test_execution_with_unreadable_rows_holds_up_no_other(
    on_disk: DiskHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays where it is, and the log names it."""
    arn = await on_disk.create(WAIT)
    broken = await on_disk.start(arn, {"expirydate": 1})
    other = await on_disk.start(arn, {"expirydate": 1})
    database = writer_of(on_disk)._database  # noqa: SLF001 - to damage a row
    database.execute("UPDATE positions SET phase = 'NONE' WHERE id >> 16 = ?", [broken.id])
    await on_disk.skip(1)
    assert [on_disk.now(each).status for each in (broken, other)] == [Status.RUNNING, Status.SUCCEEDED]
    assert f"Execution {broken.id} cannot go on and stays where it is." in caplog.text


def build_skip(milliseconds: int) -> Change:
    """Return a small change."""
    return ClockSkipped(timedelta(milliseconds=milliseconds))
