"""An operator imports valid and invalid files of tasks, once and again."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.shell.local import Shell
from tests.acceptance.shell.test_import import line, lines, list_keys, run_import

NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def test_file_is_imported(shell: Shell, file: Path, prefix: str) -> None:
    """The result is printed on one line."""
    file.write_text(line(f"{prefix}a") + line(f"{prefix}b", f'"at": "{NEXT_MONTH}T00:00:00Z"'))
    ended = run_import(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"Scheduled 2 lines in \d+\.\d s \(\d+/s\)\.\n", ended.out)
    assert list_keys(shell, prefix) == ["a", "b"]
    assert shell.record("show", f"{prefix}b")["due"].startswith(f"{NEXT_MONTH}T00:00:0")


def test_broken_line_is_reported_and_skipped(shell: Shell, file: Path, prefix: str) -> None:
    """Once it is fixed, the next run schedules it alone, with its original due time."""
    file.write_text(line(f"{prefix}a") + "{broken\n" + line(f"{prefix}b"))
    ended = run_import(shell, file)
    assert ended.code == 8
    assert ended.err.startswith("tasks.ndjson:2: not JSON: ")
    assert "Scheduled 2 lines in" in ended.out
    assert "1 failed" in ended.out
    assert "Fix them, and run the same command again" in ended.out
    file.write_text(file.read_text().replace("{broken\n", line(f"{prefix}c")))
    ended = run_import(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"Scheduled 1 line in .*, 2 scheduled before\.\n", ended.out)
    due = {task["due"][:19] for task in shell.records("list", "--prefix", prefix, "--due")}
    assert len(due) <= 2  # rounded to the second


def test_second_run_sends_nothing(shell: Shell, file: Path) -> None:
    """The output says so. With --new, every line is sent again."""
    file.write_text(lines(3).replace('"in": "7d"', f'"at": "{NEXT_MONTH}T00:00:00Z"'))
    assert run_import(shell, file).code == 0
    ended = run_import(shell, file)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "All 3 lines were scheduled before, as tasks.ndjson.report says: nothing was sent.\n"
    assert run_import(shell, file, "--new").out.startswith("Scheduled 3 lines")
