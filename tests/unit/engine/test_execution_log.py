"""The log of executions: which events it has, in which form, and where it is kept."""

import asyncio
import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.execution.history import NewEvent, build_event
from stepfunctions_local.engine.execution.log_line import MOST_ESCAPED, LogLevel, is_logged, write_lines
from stepfunctions_local.engine.machines.state_machine import DEFAULT_CONFIGURATION, MachineType, Setup
from stepfunctions_local.engine.records import execution_log, log_files
from stepfunctions_local.engine.records.execution_log import ExecutionLog
from stepfunctions_local.engine.records.log_files import EARLIER, FILE, LOGS
from tests.unit.engine.disk import DiskHarness, running
from tests.unit.engine.harness import NOW, ROLE, Harness

ARN = "arn:aws:states:us-east-1:123456789012:express:orders:n:u"
PASS: dict[str, Any] = {"A": {"Type": "Pass", "End": True}}
FAIL: dict[str, Any] = {"A": {"Type": "Fail", "Error": "Bad", "Cause": "Why"}}


async def start(
    harness: Harness,
    states: dict[str, Any],
    level: str = "ALL",
    *,
    has_data: bool = True,
    type_: MachineType = MachineType.EXPRESS,
) -> Execution:
    """Start an execution of a new state machine with a log."""
    logged: dict[str, Any] = {"level": level, "includeExecutionData": has_data}
    setup = Setup(
        json.dumps({"StartAt": "A", "States": states}),
        ROLE,
        {**DEFAULT_CONFIGURATION, "loggingConfiguration": logged},
        type_,
    )
    machine, _ = await harness.engine.catalog.create("orders", setup, harness.clock.now())
    return await harness.start(harness.engine.catalog.arn(machine), {"a": 1})


def read(log: ExecutionLog, name: str = "orders") -> list[dict[str, Any]]:
    """Return the lines of a state machine, parsed."""
    return [json.loads(line.text) for line in log.read(name).lines]


def line(text: str = "", name: str = "orders") -> str:
    """Return a line of the log."""
    return json.dumps(
        {"details": {"output": text}, "execution_arn": ARN.replace("orders", name)}, separators=(",", ":")
    )


def files(folder: Path) -> dict[str, list[str]]:
    """Return the lines of the log's files by their names."""
    return {file.name: file.read_text().splitlines() for file in (folder / LOGS).iterdir()}


@pytest.mark.parametrize(
    ("event", "levels"),
    [
        ("ExecutionStarted", "ALL"),
        ("TaskSubmitted", "ALL"),
        ("ExecutionRedriven", "ALL"),
        ("FailStateEntered", "ALL ERROR"),
        ("TaskFailed", "ALL ERROR"),
        ("LambdaFunctionTimedOut", "ALL ERROR"),
        ("MapIterationAborted", "ALL ERROR"),
        ("EvaluationFailed", "ALL ERROR"),
        ("ExecutionFailed", "ALL ERROR FATAL"),
        ("ExecutionAborted", "ALL ERROR FATAL"),
        ("ExecutionTimedOut", "ALL ERROR FATAL"),
    ],
)
def test_level_says_which_events_are_logged(event: str, levels: str) -> None:
    """As in AWS's table."""
    assert [level for level in LogLevel if is_logged(event, level)] == levels.split()


async def test_line_has_the_form_of_cloudwatch_logs(harness: Harness) -> None:
    """Numbers are text, as AWS writes them."""
    execution = await start(harness, FAIL, "FATAL")
    (written,) = read(harness.engine.log)
    assert written == {
        "id": "3",
        "type": "ExecutionFailed",
        "details": {"error": "Bad", "cause": "Why"},
        "previous_event_id": "2",
        "event_timestamp": str(round(NOW.timestamp() * 1000)),
        "execution_arn": harness.engine.arn(execution),
        "redrive_count": "0",
    }


async def test_data_are_left_out_unless_asked_for(harness: Harness) -> None:
    """Names and errors stay."""
    await start(harness, PASS, has_data=False)
    details = [written["details"] for written in read(harness.engine.log)]
    assert details == [{"roleArn": ROLE}, {"name": "A"}, {"name": "A"}, {}]


async def test_level_off_logs_nothing(harness: Harness) -> None:
    """It is the default."""
    await start(harness, FAIL, "OFF")
    assert read(harness.engine.log) == []


def test_long_data_are_cut_off() -> None:
    """The line says so, as on AWS."""
    details = {"output": '"' * MOST_ESCAPED, "outputDetails": {"truncated": False}}
    event = build_event(NewEvent("ExecutionSucceeded", details), 2, 0, 0.0)
    (text,) = write_lines([event], ARN, 0, {"level": "ALL", "includeExecutionData": True})
    written = json.loads(text)["details"]
    assert len(written["output"]) > MOST_ESCAPED // 3
    assert written["outputDetails"] == {"truncated": True}
    assert len(json.dumps(written["output"])) <= MOST_ESCAPED


async def test_standard_execution_is_logged_once_it_is_on_disk(tmp_path: Path) -> None:
    """Its log has the events of its history."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        execution = await start(harness, PASS, type_=MachineType.STANDARD)
        written = read(harness.engine.log)
        assert [each["type"] for each in written] == harness.types(execution)


async def test_lines_are_in_a_private_file(tmp_path: Path) -> None:
    """The file has the lines that the endpoint returns, also after a restart."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        await start(harness, PASS)
        written = read(harness.engine.log)
    assert [json.loads(text) for text in files(tmp_path)[FILE]] == written
    assert stat.S_IMODE((tmp_path / LOGS).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / LOGS / FILE).stat().st_mode) == 0o600
    async with running(tmp_path, ManualClock(NOW)) as harness:
        assert read(harness.engine.log) == written


async def test_wide_mode_of_a_file_is_narrowed(tmp_path: Path) -> None:
    """It may have been there before."""
    (tmp_path / LOGS).mkdir(parents=True)
    (tmp_path / LOGS / FILE).touch(0o644)
    async with running(tmp_path, ManualClock(NOW)) as harness:
        harness.engine.log.append([line()])
    assert stat.S_IMODE((tmp_path / LOGS / FILE).stat().st_mode) == 0o600


async def test_folder_without_a_log_has_no_log_files(tmp_path: Path) -> None:
    """They are created with the first line."""
    async with running(tmp_path, ManualClock(NOW)) as harness:
        await start(harness, PASS, "OFF")
    assert not (tmp_path / LOGS).exists()


async def open_log(folder: Path) -> DiskHarness:
    """Return an engine that was run on a folder."""
    async with running(folder, ManualClock(NOW)) as harness:
        return harness


async def test_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file becomes the earlier one, and the one before that goes."""
    monkeypatch.setattr(log_files, "MOST_BYTES", 1_000)
    async with running(tmp_path, ManualClock(NOW)) as harness:
        for number in range(50):
            harness.engine.log.append([line(str(number))])
    kept = files(tmp_path)
    assert kept.keys() == {FILE, EARLIER} or kept.keys() == {EARLIER}
    assert sum(len(text) + 1 for lines in kept.values() for text in lines) < 2 * 1_000 + 200
    numbers = [json.loads(text)["details"]["output"] for text in kept[EARLIER] + kept.get(FILE, [])]
    assert numbers == [str(number) for number in range(50 - len(numbers), 50)]


async def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    """A crash can cut off a line, and other programs can write into the file."""
    (await open_log(tmp_path)).folder.joinpath(LOGS).mkdir()
    content = [line("a"), "{", "[]", '{"execution_arn": 1}', '{"execution_arn": "a:b"}', "\udcff", line("b")]
    (tmp_path / LOGS / FILE).write_bytes("\n".join([*content, "torn"]).encode(errors="surrogateescape"))
    async with running(tmp_path, ManualClock(NOW)) as harness:
        assert [each["details"]["output"] for each in read(harness.engine.log)] == ["a", "b"]


@pytest.mark.parametrize("name", [LOGS, f"{LOGS}/{FILE}"])
async def test_symbolic_link_is_not_followed(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is in memory alone then. Each file that cannot be read is named, and the first failed write."""
    folder, elsewhere = tmp_path / "records", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("untouched")
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(elsewhere if name == LOGS else elsewhere / "file")
    async with running(folder, ManualClock(NOW)) as harness:
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                harness.engine.log.append([line()])
        assert len(read(harness.engine.log)) == 3
    unread = [EARLIER, FILE] if name == LOGS else [FILE]
    assert [record.message.partition(" (")[0] for record in caplog.records] == [
        *[f"{folder / LOGS / file} cannot be read" for file in unread],
        "The log of executions cannot be written",
    ]
    assert [file.name for file in elsewhere.iterdir()] == ["file"]
    assert (elsewhere / "file").read_text() == "untouched"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest lines go first, and numbers go on."""
    monkeypatch.setattr(execution_log, "MOST_CHARACTERS", 10 * len(line()))
    log = ExecutionLog()
    for _ in range(25):
        log.append([line()])
    assert [each.number for each in log.read("orders").lines] == [*range(16, 26)]


def test_pages_go_on_after_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends beyond its length. The last one is empty, and lines of others are passed over."""
    monkeypatch.setattr(execution_log, "PAGE_CHARACTERS", 2 * len(line()))
    log = ExecutionLog()
    log.append([line(name=name) for name in ("orders", "others") * 5])
    pages, after = [], 0
    while (page := log.read("orders", after)).lines:
        pages.append([each.number for each in page.lines])
        after = page.after
    assert pages == [[1, 3, 5], [7, 9]]
    assert page.after == 10
    assert [each.number for each in log.read("others", 6).lines] == [8, 10]


def test_text_in_the_data_is_not_taken_for_the_arn() -> None:
    """Only the last such member is the line's own."""
    log = ExecutionLog()
    log.append([line('"execution_arn":"a:b:c:d:e:f:false:g"')])
    assert len(log.read("orders").lines) == 1


async def test_log_waits_for_no_file(harness: Harness) -> None:
    """In memory alone, the log is complete."""
    await start(harness, PASS)
    await asyncio.sleep(0)
    assert len(read(harness.engine.log)) == 4
