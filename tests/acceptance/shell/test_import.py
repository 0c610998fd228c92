"""An operator imports files of tasks, good and bad ones, once and again."""

import json
import os
import re
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.command import Ended, eventually, running
from tests.acceptance.shell.local import WELL, Shell


def line(key: str, when: str = '"in": "7d"') -> str:
    """Write a task."""
    return f'{{"key": "{key}", {when}, "payload": {json.dumps(WELL)}}}\n'


def lines(count: int) -> str:
    """Write so many tasks, with keys of their own."""
    prefix = uuid4()
    return "".join(line(f"{prefix}-{number}") for number in range(count))


@pytest.fixture
def prefix() -> str:
    return f"import-{uuid4()}-"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.ndjson"


def imported(shell: Shell, file: Path, *options: str) -> Ended:
    """Import a file from its own folder."""
    return shell.delay("import", file.name, *options, folder=file.parent)


def keys(shell: Shell, prefix: str) -> list[str]:
    """List the keys of tasks."""
    return sorted(task["key"].removeprefix(prefix) for task in shell.records("list", "--prefix", prefix))


def test_a_file_is_imported(shell: Shell, file: Path, prefix: str) -> None:
    """With what it came to in one line, and a report beside it."""
    file.write_text(
        line(f"{prefix}a") + line(f"{prefix}b", '"at": "2036-12-01T00:00:00Z"').replace("2036", "2026")
    )
    ended = imported(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"Scheduled 2 lines in \d+\.\d s \(\d+/s\)\.\n", ended.out)
    assert keys(shell, prefix) == ["a", "b"]
    assert shell.record("show", f"{prefix}b")["due"].startswith("2026-12-01T00:00:0")


def test_csv_is_imported(shell: Shell, tmp_path: Path, prefix: str) -> None:
    """As a spreadsheet saves it."""
    file = tmp_path / "tasks.csv"
    file.write_bytes(f'\ufeffKey;In;Payload\r\n{prefix}a;7d;"{{""order"": 42}}"\r\n'.encode())
    assert imported(shell, file).code == 0
    assert shell.record("show", f"{prefix}a")["payload"] == {"order": 42}


def test_a_broken_line_is_told_and_the_rest_is_imported(shell: Shell, file: Path, prefix: str) -> None:
    """Mended, it is all that the next run schedules; it is due when it would have been."""
    file.write_text(line(f"{prefix}a") + "{broken\n" + line(f"{prefix}b"))
    ended = imported(shell, file)
    assert ended.code == 8
    assert ended.err.startswith("tasks.ndjson:2: not JSON: ")
    assert "Scheduled 2 lines in" in ended.out
    assert "1 failed" in ended.out
    assert "Fix them, and run the same command again" in ended.out
    file.write_text(file.read_text().replace("{broken\n", line(f"{prefix}c")))
    ended = imported(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"Scheduled 1 line in .*, 2 scheduled before\.\n", ended.out)
    due = {task["due"][:19] for task in shell.records("list", "--prefix", prefix, "--due")}
    assert len(due) <= 2  # rounded to the second


def test_a_second_run_sends_nothing(shell: Shell, file: Path) -> None:
    """And says so; --new does it all again, and finds that it is all there."""
    file.write_text(lines(3).replace('"in": "7d"', '"at": "2026-12-24T00:00:00Z"'))
    assert imported(shell, file).code == 0
    ended = imported(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "All 3 lines were scheduled before, as tasks.ndjson.report says: nothing was sent.\n"
    assert imported(shell, file, "--new").out.startswith("Scheduled 3 lines")


def test_tasks_without_keys_are_not_scheduled_twice(shell: Shell, file: Path, prefix: str) -> None:
    """Two that are the same are two; the same file again has none that is missing."""
    payload = json.dumps({"mark": prefix})
    task = f'{{"in": "7d", "payload": {payload}}}\n'
    file.write_text(task * 2)
    assert imported(shell, file).code == 0
    file.write_text("\n" + task * 3)
    assert "Scheduled 1 line in" in imported(shell, file).out
    marks = [
        task for task in shell.records("list", "--status", "WAITING") if task["payload"] == {"mark": prefix}
    ]
    assert len(marks) == 3


def test_a_program_is_told_in_json(shell: Shell, file: Path) -> None:
    """Counts, and where the report is; failures are lines of the report."""
    file.write_text("{\n" + lines(1))
    told = json.loads(imported(shell, file, "--json").out)
    assert told == {
        "scheduled": 1,
        "scheduled_before": 0,
        "repeated": 0,
        "failed": 1,
        "is_complete": False,
        "report": "tasks.ndjson.report",
    }
    records = [json.loads(text) for text in (file.parent / told["report"]).read_text().splitlines()]
    assert [record["line"] for record in records if "line" in record] == [1]


def test_a_rehearsal_sends_nothing(shell: Shell, file: Path, prefix: str) -> None:
    """It tells what would fail, and leaves no report."""
    file.write_text(line(f"{prefix}a") + line("a b") + line(f"{prefix}b", '"in": "365d"'))
    ended = imported(shell, file, "--dry-run")
    assert ended.code == 8
    assert [text.split(": ")[0] for text in sorted(ended.err.splitlines())] == [
        "tasks.ndjson:2",
        "tasks.ndjson:3",
    ]
    assert ended.out == "3 lines: 1 can be scheduled, 2 cannot. Nothing was sent.\n"
    assert keys(shell, prefix) == []
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_was_cut_off_is_imported_as_far_as_it_goes(shell: Shell, file: Path, prefix: str) -> None:
    """The rest comes with the whole file."""
    whole = "".join(line(f"{prefix}{number}") for number in range(4))
    file.write_text(whole[: len(whole) * 5 // 8])
    ended = imported(shell, file)
    assert ended.code == 8
    assert ended.err.endswith("; the file ends within this line\n")
    assert keys(shell, prefix) == ["0", "1"]
    file.write_text(whole)
    assert "Scheduled 2 lines" in imported(shell, file).out


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
def test_a_file_that_cannot_be_meant_is_refused(
    shell: Shell, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    """In one line, and nothing is written."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = imported(shell, tmp_path / name)
    assert (ended.code, ended.out) == (1, "")
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.glob("*.report"))


def test_a_directory_is_refused(shell: Shell, tmp_path: Path) -> None:
    """As is a pipe, which a second run could not read again."""
    assert "Is a directory" in shell.delay("import", str(tmp_path)).err
    os.mkfifo(tmp_path / "pipe.ndjson")
    both_ends = os.open(tmp_path / "pipe.ndjson", os.O_RDWR)
    refused = shell.delay("import", str(tmp_path / "pipe.ndjson"))
    assert "is not a regular file: a second run could not read it again" in refused.err
    os.close(both_ends)


def test_an_empty_file_is_no_error(shell: Shell, file: Path) -> None:
    """There may be days without tasks."""
    file.write_text("")
    ended = imported(shell, file)
    assert (ended.code, ended.out) == (0, "The file has no tasks: nothing was sent.\n")


def test_the_report_of_another_file_is_not_taken_up(shell: Shell, file: Path) -> None:
    """Its delays would count from the wrong beginning; unless that import was complete."""
    file.write_text("{\n" + lines(2))
    assert imported(shell, file).code == 8
    file.write_text(lines(2))
    ended = imported(shell, file)
    assert (ended.code, ended.out) == (1, "")
    assert "has no line in common with tasks.ndjson: --new begins a new import" in ended.err
    assert imported(shell, file, "--new").code == 0
    file.write_text(lines(2))
    assert imported(shell, file).out.startswith("Scheduled 2 lines")


def test_the_tasks_themselves_are_not_taken_for_a_report(shell: Shell, file: Path) -> None:
    """Not even by mistake."""
    file.write_text(lines(1))
    before = file.read_text()
    ended = imported(shell, file, "--report", file.name, "--new")
    assert "tasks.ndjson is not the report of an import" in ended.err
    assert file.read_text() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_was_interrupted_is_continued(
    shell: Shell, file: Path, tmp_path: Path, prefix: str, number: signal.Signals
) -> None:
    """However it was: the next run schedules what is missing, and every task is there once."""
    count = 300
    file.write_text("".join(line(f"{prefix}{index}") for index in range(count)))
    report = tmp_path / "tasks.ndjson.report"
    options = ("--local", "--endpoint-url", shell.url, "--rate", "100/s")
    with running("delay", "import", str(file), *options, folder=tmp_path, says="") as started:
        assert eventually(lambda: report.exists() and '"done"' in report.read_text())
        code = started.end(number)
        assert "Traceback" not in started.err
    if number is not signal.SIGKILL:
        assert code == 130
        assert "The same command schedules the rest" in started.out
    ended = imported(shell, file)
    assert (ended.code, ended.err) == (0, "")
    before = re.search(r", ([0-9,]+) scheduled before\.", ended.out)
    assert before
    assert 0 < int(before[1].replace(",", "")) < count
    assert len(shell.records("list", "--prefix", prefix)) == count


def test_where_nothing_can_be_sent_the_import_stops(file: Path, shell: Shell) -> None:
    """Instead of failing line by line."""
    file.write_text(lines(100))
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Nonsense"
    ended = imported(shell, file, "--state-machine-arn", machine)
    assert ended.code == 1
    assert "Nonsense" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert ended.out.startswith("Scheduled 0 lines")


def test_what_is_exported_can_be_imported(shell: Shell, tmp_path: Path, prefix: str) -> None:
    """In either form; into the same state machine it is all there already."""
    shell.schedule({"text": 'a "quote", a comma\nand a line'}, "7d", f"{prefix}a")
    shell.schedule(WELL, "2h", f"{prefix}b")
    shell.delay("cancel", shell.schedule(WELL, "7d", f"{prefix}c"))
    for form in ("ndjson", "csv"):
        file = tmp_path / f"tasks.{form}"
        ended = shell.delay("export", "--prefix", prefix, "--format", form)
        assert (ended.code, ended.err) == (0, "Exported 2 tasks.\n")
        file.write_text(ended.out)
        again = imported(shell, file)
        assert (again.code, again.err) == (0, "")
        assert again.out.startswith("Scheduled 2 lines")
    assert keys(shell, prefix) == ["a", "b", "c"]
