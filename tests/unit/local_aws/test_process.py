"""The process of DynamoDB and SQS, with a stand-in for ministack: requests, clock, state and end."""

import asyncio
import copy
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import ManualClock, SkippableClock, SystemClock
from stepfunctions_local.errors import SettingError
from stepfunctions_local.local_aws import process, program
from stepfunctions_local.local_aws.endpoint import LocalAwsError, call
from stepfunctions_local.local_aws.process import AwsRequest, LocalAwsStopped, MinistackProcess
from stepfunctions_local.local_aws.program import OPEN_TASKS, State
from stepfunctions_local.local_aws.queue import LocalQueue

PYTHON = """#!{python}
import runpy, sys
sys.path.insert(0, {folder!r})
sys.argv[:] = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SERVICE = """
import copy, json, time
kept = []
class _Queues:
    def all_values(self):
        return [{"name": "Work", "messages": [{"visible_at": at, "receive_count": 0} for at in kept]}]
_queues = _Queues()
class _Tables:
    def all_items(self):
        rows = {"a": {"slot": {"S": "slot#70#3"}, "status": {"S": "WAITING"}}}
        slots = {"000000004200#a#0123456789abcdef": {}}
        items = {"key#3": rows, "slot#70#3": slots, "cursor": {"cursor": {}}}
        return [(("1", "r", "Tasks"), {"items": items}), (("1", "r", "Notes"), {"items": {"x": {"y": {}}}})]
_tables = _Tables()
def get_state():
    return {"kept": copy.deepcopy(kept)}
def load_persisted_state(state):
    kept[:] = state["kept"]
async def handle_request(method, path, headers, body, query):
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action == "Fail":
        return 400, {}, json.dumps({"__type": "com.amazonaws#Refused", "message": "no"}).encode()
    if action == "Break":
        raise ZeroDivisionError
    if action == "PutTime":
        kept.append(json.loads(body)["at"])
    return 200, {"X": "y"}, json.dumps({"now": time.time(), "kept": kept}).encode()
"""
PERSISTENCE = "_json_default = None\ndef _json_object_hook(found):\n    return found\n"


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """Write a Python that has a ministack with one kind of service."""
    package = tmp_path / "packages" / "ministack"
    for folder in ("", "core", "services"):
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / "__init__.py").touch()
    (package / "core" / "persistence.py").write_text(PERSISTENCE)
    for name in ("dynamodb", "sqs"):
        (package / "services" / f"{name}.py").write_text(SERVICE)
    python = tmp_path / "python"
    python.write_text(PYTHON.format(python=sys.executable, folder=str(package.parent)))
    python.chmod(0o700)
    return python


@asynccontextmanager
async def running(
    interpreter: Path, folder: Path | None = None, clock: SkippableClock | None = None
) -> AsyncIterator[MinistackProcess]:
    clock = clock or SkippableClock(SystemClock())
    process = await MinistackProcess.start(interpreter, Account(), clock, folder)
    try:
        yield process
    finally:
        await process.close()


async def test_state_is_kept_for_the_next_process(interpreter: Path, tmp_path: Path) -> None:
    """In files of the owner alone. Without a folder nothing is kept."""
    folder = tmp_path / "kept"
    async with running(interpreter, folder) as process:
        await call(process, "dynamodb", "PutTime", at=1)
    async with running(interpreter, folder) as process:
        assert (await call(process, "dynamodb", "GetTimes"))["kept"] == [1]
        assert (await call(process, "sqs", "GetTimes"))["kept"] == []
    assert oct((folder / "dynamodb.json").stat().st_mode & 0o777) == "0o600"
    assert not (folder / "sqs.json").exists()


def test_failed_save_is_reported_once_and_repeated(tmp_path: Path) -> None:
    """So is the end of the failures. Nothing is lost by them."""
    file, warnings, kept = tmp_path / "folder" / "sqs.json", list[str](), [1]
    state = State(SimpleNamespace(get_state=lambda: kept, copy=copy), file, str)
    state.changed = True
    for _ in range(3):
        state.try_to_save(warnings.append)
    assert warnings == [f"{file} cannot be written: No such file or directory. Retrying."]
    state.warn_of_loss(warnings.append)
    assert warnings.pop() == f"{file} lacks the changes since it was last written."
    file.parent.mkdir()
    for _ in range(3):
        state.try_to_save(warnings.append)
    state.warn_of_loss(warnings.append)
    assert warnings[1:] == [f"{file} is written again."]
    assert file.read_text() == "[1]"


async def test_clock_of_the_services_is_the_endpoints(interpreter: Path) -> None:
    """Ahead, stopped, and ahead again."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    clock = SkippableClock(SystemClock(), timedelta(days=7))
    async with running(interpreter, clock=clock) as process:
        ahead = (await call(process, "sqs", "GetTime"))["now"] - datetime.now(UTC).timestamp()
        assert ahead == pytest.approx(7 * 86400, abs=60)
        stopped = SkippableClock(ManualClock(now))
        stopped.stop_at(now)
        process.set_clock(stopped)
        assert (await call(process, "sqs", "GetTime"))["now"] == now.timestamp()


async def test_refusal_has_the_name_of_the_error(interpreter: Path) -> None:
    """A defect of the service is an answer too, and the process goes on."""
    async with running(interpreter) as process:
        with pytest.raises(LocalAwsError, match="Refused: no"):
            await call(process, "sqs", "Fail")
        with pytest.raises(LocalAwsError, match="ZeroDivisionError"):
            await call(process, "sqs", "Break")
        response = await process.send(AwsRequest("sqs", {}, ""))
        assert (response.status, response.headers) == (200, {"X": "y"})


async def test_next_delayed_message_is_a_due_time(interpreter: Path) -> None:
    """In whole seconds, so that a skip does not stop for each of a thousand messages."""
    async with running(interpreter) as process:
        queue = LocalQueue(process, "http://127.0.0.1/123456789012/Work")
        assert await queue.next_due() is None
        await call(process, "sqs", "PutTime", at=4_000_000_000.2)
        assert await queue.next_due() == datetime.fromtimestamp(4_000_000_001, UTC)


async def test_minutes_with_open_tasks_are_found(interpreter: Path) -> None:
    """The first one from each minute on: ended tasks need nothing."""
    asked = {"table": "Tasks", "minutes": [40, 70, 71]}
    async with running(interpreter) as process:
        found = await process.send(AwsRequest(OPEN_TASKS, {}, json.dumps(asked)))
    assert json.loads(found.body) == [70, 70, None]


async def test_damaged_state_is_refused_and_kept(interpreter: Path, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    (tmp_path / "sqs.json").write_text("{")
    with pytest.raises(SettingError, match=r"sqs\.json cannot be read"):
        async with running(interpreter, tmp_path):
            pass
    assert (tmp_path / "sqs.json").read_text() == "{"


async def test_requests_of_an_ended_process_fail(interpreter: Path) -> None:
    """Those in flight, and later ones."""
    async with running(interpreter) as process:
        os.kill(process.process_id, 9)
        with pytest.raises(LocalAwsStopped):
            await asyncio.wait_for(process.send(AwsRequest("sqs", {}, "")), 60)
        with pytest.raises(LocalAwsStopped):
            await process.send(AwsRequest("sqs", {}, ""))


async def test_process_that_does_not_end_is_killed_and_its_loss_is_logged(
    interpreter: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may have had changes to save."""
    monkeypatch.setattr(process, "_CLOSING_SECONDS", 0)
    async with running(interpreter):
        pass
    assert caplog.messages == [
        "DynamoDB and SQS have not ended in 0 s and are killed: their latest changes are lost."
    ]


async def test_answer_that_is_longer_than_a_line_may_be_fails_its_request(
    interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later requests fail as well, so that another process starts."""
    monkeypatch.setattr(program, "MAX_LINE_BYTES", 1024)
    async with running(interpreter) as process:
        with pytest.raises(LocalAwsStopped):
            await asyncio.wait_for(call(process, "sqs", "PutTime", at="x" * 8192), 60)
        with pytest.raises(LocalAwsStopped):
            await process.send(AwsRequest("sqs", {}, ""))


async def test_program_that_does_not_start_is_a_setting_error(tmp_path: Path) -> None:
    """Such as an environment without ministack: its own error is in the log."""
    with pytest.raises(SettingError, match="do not start"):
        async with running(Path(sys.executable), tmp_path):
            pass


def test_json_lines_carry_any_text() -> None:
    """A body that is not UTF-8 survives as escaped surrogates."""
    body = b"\xff".decode("utf-8", "surrogateescape")
    assert json.loads(json.dumps({"body": body}))["body"].encode("utf-8", "surrogateescape") == b"\xff"
