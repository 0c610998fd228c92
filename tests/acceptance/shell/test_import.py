"""An operator imports valid and invalid files of tasks, once and again."""

import json
import os
import re
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.command import Ended, eventually, running
from tests.acceptance.shell.local import WELL, Shell

pytestmark = pytest.mark.slow


def line(key: str, when: str = '"in": "7d"') -> str:
    """Return the line of a task."""
    return f'{{"key": "{key}", {when}, "payload": {json.dumps(WELL)}}}\n'


def lines(count: int) -> str:
    """Return the lines of new tasks, each with its own key."""
    prefix = uuid4()
    return "".join(line(f"{prefix}-{number}") for number in range(count))


def run_import(shell: Shell, file: Path, *options: str) -> Ended:
    """Import a file from its own folder."""
    return shell.delay("import", file.name, *options, folder=file.parent)


def list_keys(shell: Shell, prefix: str) -> list[str]:
    """Return the keys of tasks, without their prefix."""
    return sorted(task["key"].removeprefix(prefix) for task in shell.records("list", "--prefix", prefix))


def test_csv_file_is_imported(shell: Shell, tmp_path: Path, prefix: str) -> None:
    """The file has the form that a spreadsheet saves."""
    file = tmp_path / "tasks.csv"
    file.write_bytes(f'\ufeffKey;In;Payload\r\n{prefix}a;7d;"{{""order"": 42}}"\r\n'.encode())
    assert run_import(shell, file).code == 0
    assert shell.record("show", f"{prefix}a")["payload"] == {"order": 42}


def test_tasks_without_keys_are_scheduled_once(shell: Shell, file: Path, prefix: str) -> None:
    """Equal lines are separate tasks. The second import schedules only the added one."""
    payload = json.dumps({"mark": prefix})
    task = f'{{"in": "7d", "payload": {payload}}}\n'
    file.write_text(task * 2)
    assert run_import(shell, file).code == 0
    file.write_text("\n" + task * 3)
    assert "Scheduled 1 line in" in run_import(shell, file).out
    marks = [
        task for task in shell.records("list", "--status", "WAITING") if task["payload"] == {"mark": prefix}
    ]
    assert len(marks) == 3


def test_json_has_the_counts_and_the_report(shell: Shell, file: Path) -> None:
    """The report has the failed lines."""
    file.write_text("{\n" + lines(1))
    summary = json.loads(run_import(shell, file, "--json").out)
    assert summary == {
        "scheduled": 1,
        "scheduled_before": 0,
        "repeated": 0,
        "failed": 1,
        "is_complete": False,
        "report": "tasks.ndjson.report",
    }
    records = [json.loads(text) for text in (file.parent / summary["report"]).read_text().splitlines()]
    assert [record["line"] for record in records if "line" in record] == [1]


def test_dry_run_sends_nothing(shell: Shell, file: Path, prefix: str) -> None:
    """It reports lines that would fail, and writes no report."""
    file.write_text(line(f"{prefix}a") + line("a b") + line(f"{prefix}b", '"in": "365d"'))
    ended = run_import(shell, file, "--dry-run")
    assert ended.code == 8
    assert [text.split(": ")[0] for text in sorted(ended.err.splitlines())] == [
        "tasks.ndjson:2",
        "tasks.ndjson:3",
    ]
    assert ended.out == "3 lines: 1 can be scheduled, 2 cannot. Nothing was sent.\n"
    assert list_keys(shell, prefix) == []
    assert list(file.parent.iterdir()) == [file]


def test_truncated_file_is_imported_up_to_its_last_whole_line(shell: Shell, file: Path, prefix: str) -> None:
    """An import of the whole file schedules the rest."""
    whole = "".join(line(f"{prefix}{number}") for number in range(4))
    file.write_text(whole[: len(whole) * 5 // 8])
    ended = run_import(shell, file)
    assert ended.code == 8
    assert ended.err.endswith("; the file ends within this line\n")
    assert list_keys(shell, prefix) == ["0", "1"]
    file.write_text(whole)
    assert "Scheduled 2 lines" in run_import(shell, file).out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere.ndjson", None, "Cannot read nowhere.ndjson: No such file or directory."),
        ("tasks", b"{}\n", "tasks could be NDJSON or CSV: give --format."),
        ("tasks.ndjson", '{"a": 1}'.encode("utf-16"), "tasks.ndjson is UTF-16: save it as UTF-8."),
        ("tasks.ndjson", b"\x7fELF\0\0", "tasks.ndjson is not text: it contains zero bytes."),
        ("tasks.ndjson", b"[\n{}\n]\n", "tasks.ndjson is a JSON array, not an object on each line"),
        ("tasks.csv", b"order-1,7d,{}\n", "The first line of a CSV file must name its columns"),
        ("tasks.csv", b"", "The first line of a CSV file must name its columns"),
    ],
)
def test_invalid_file_is_refused(
    shell: Shell, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    """The message is one line, and no report is written."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = run_import(shell, tmp_path / name)
    assert (ended.code, ended.out) == (1, "")
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.glob("*.report"))


def test_directory_and_pipe_are_refused(shell: Shell, tmp_path: Path) -> None:
    """A second run could not read a pipe again."""
    assert "Is a directory" in shell.delay("import", str(tmp_path)).err
    assert "Cannot read -: write standard input into a file first" in shell.delay("import", "-").err
    os.mkfifo(tmp_path / "pipe.ndjson")
    both_ends = os.open(tmp_path / "pipe.ndjson", os.O_RDWR)
    refused = shell.delay("import", str(tmp_path / "pipe.ndjson"))
    assert "is not a regular file: a second run could not read it again" in refused.err
    os.close(both_ends)


def test_empty_file_is_no_error(shell: Shell, file: Path) -> None:
    """There may be days without tasks."""
    file.write_text("")
    ended = run_import(shell, file)
    assert (ended.code, ended.out) == (0, "The file has no tasks: nothing was sent.\n")


def test_unfinished_report_of_another_file_is_refused(shell: Shell, file: Path) -> None:
    """Its delays count from another start. The report of a complete import is replaced."""
    file.write_text("{\n" + lines(2))
    assert run_import(shell, file).code == 8
    file.write_text(lines(2))
    ended = run_import(shell, file)
    assert (ended.code, ended.out) == (1, "")
    assert "has no line in common with tasks.ndjson: --new begins a new import" in ended.err
    assert run_import(shell, file, "--new").code == 0
    file.write_text(lines(2))
    assert run_import(shell, file).out.startswith("Scheduled 2 lines")


def test_file_of_tasks_is_refused_as_a_report(shell: Shell, file: Path) -> None:
    """The file stays unchanged."""
    file.write_text(lines(1))
    before = file.read_text()
    ended = run_import(shell, file, "--report", file.name, "--new")
    assert "tasks.ndjson is not the report of an import" in ended.err
    assert file.read_text() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_import_is_continued(
    shell: Shell, file: Path, tmp_path: Path, prefix: str, number: signal.Signals
) -> None:
    """The next run schedules the missing tasks, and each task exists once."""
    count = 300
    file.write_text("".join(line(f"{prefix}{index}") for index in range(count)))
    report = tmp_path / "tasks.ndjson.report"
    options = ("--local", "--endpoint-url", shell.url, "--rate", "30/s")
    with running("delay", "import", str(file), *options, folder=tmp_path, says="") as started:
        assert eventually(lambda: report.exists() and '"done"' in report.read_text())
        code = started.end(number)
        assert "Traceback" not in started.err
    if number is not signal.SIGKILL:
        assert code == 130
        assert "The same command schedules the rest" in started.out
    ended = run_import(shell, file)
    assert (ended.code, ended.err) == (0, "")
    before = re.search(r", ([0-9,]+) scheduled before\.", ended.out)
    assert before
    assert 0 < int(before[1].replace(",", "")) < count
    assert len(shell.records("list", "--prefix", prefix)) == count


def test_import_stops_if_the_state_machine_is_missing(file: Path, shell: Shell) -> None:
    """There is one error, not one for each line."""
    file.write_text(lines(100))
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Nonsense"
    ended = run_import(shell, file, "--state-machine-arn", machine)
    assert ended.code == 1
    assert "Nonsense" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert ended.out.startswith("Scheduled 0 lines")


def test_exported_tasks_can_be_imported(shell: Shell, tmp_path: Path, prefix: str) -> None:
    """Both formats work. The same state machine has all these tasks already."""
    shell.schedule({"text": 'a "quote", a comma\nand a line'}, "7d", f"{prefix}a")
    shell.schedule(WELL, "2h", f"{prefix}b")
    shell.delay("cancel", shell.schedule(WELL, "7d", f"{prefix}c"))
    for form in ("ndjson", "csv"):
        file = tmp_path / f"tasks.{form}"
        ended = shell.delay("export", "--prefix", prefix, "--format", form)
        assert (ended.code, ended.err) == (0, "Exported 2 tasks.\n")
        file.write_text(ended.out)
        again = run_import(shell, file)
        assert (again.code, again.err) == (0, "")
        assert again.out.startswith("Scheduled 2 lines")
    assert list_keys(shell, prefix) == ["a", "b", "c"]
