"""Output on a terminal: tables that fit it, the countdown of a wait, and the progress bar of an import."""

import re
from pathlib import Path

import pytest

from tests.acceptance.shell.local import WELL, Shell
from tests.acceptance.shell.test_import import lines
from tests.acceptance.terminal import on_terminal

TWO_TIMES = re.compile(r"Waiting .*(5\dm \d+s).*Waiting .*(?!\1)5\dm \d+s", re.DOTALL)


def test_result_replaces_the_countdown(shell: Shell) -> None:
    """On a line of its own."""
    key = shell.schedule(WELL, "2s")
    with on_terminal("delay", "wait", key, "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.end() == 0
    assert f'{key}  SUCCEEDED  {{"order": 42}}' in terminal.text.splitlines()
    assert max(map(len, terminal.text.splitlines())) <= 80


def test_wait_counts_down_until_ctrl_c_ends_it(shell: Shell) -> None:
    """The task keeps waiting."""
    key = shell.schedule(WELL, "1h")
    with on_terminal("delay", "wait", key, "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.until(TWO_TIMES)
        terminal.press_ctrl_c()
        assert terminal.end() == 130
    assert max(map(len, terminal.text.splitlines())) <= 80
    assert terminal.text.rstrip().endswith("Interrupted.")
    assert "Traceback" not in terminal.text
    assert shell.record("show", key)["status"] == "WAITING"


def test_import_draws_its_progress(shell: Shell, tmp_path: Path) -> None:
    """The bar has the rate, failures appear above it, and it is gone at the end."""
    file = tmp_path / "tasks.ndjson"
    file.write_text("{\n" + lines(600))
    with on_terminal("delay", "import", str(file), "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.until("tasks.ndjson:1: not JSON")
        assert terminal.until("/s ━")
        assert terminal.until("%")
        assert terminal.end() == 8
    assert "Scheduled 600 lines in " in terminal.text
    assert terminal.text.count("━") > 0


@pytest.mark.parametrize("columns", [60, 80])
def test_history_shows_every_event_on_a_narrow_terminal(shell: Shell, columns: int) -> None:
    """The columns before the details are whole, and each event has one line."""
    key = shell.schedule(WELL, "0s")
    assert shell.delay("wait", key).code == 0
    types = [event["type"] for event in shell.records("history", key)]
    command = ("delay", "history", key, "--local", "--endpoint-url", shell.url)
    with on_terminal(*command, columns=columns) as terminal:
        assert terminal.end() == 0
    header, *rows = [line for line in terminal.text.splitlines() if line]
    assert header.split() == ["#", "after", "event", "details"]
    assert max(map(len, rows)) <= columns
    found = [re.match(r" *(\d+) +\d+\.\d{3} s  (\w+) ", row) for row in rows]
    assert [row.groups() for row in found if row] == [(str(n), kind) for n, kind in enumerate(types, 1)]


def test_list_has_room_for_keys_on_60_columns(shell: Shell) -> None:
    """It leaves out the end times."""
    key = shell.schedule(WELL, "7d", "key-of-20-characters")
    command = ("delay", "list", "--prefix", key, "--local", "--endpoint-url", shell.url)
    with on_terminal(*command, columns=60) as terminal:
        assert terminal.end() == 0
    header, row = [line for line in terminal.text.splitlines() if line]
    assert header.split() == ["STATUS", "SCHEDULED", "KEY"]
    assert (row.split()[0], row.split()[-1]) == ("OPEN", key)
    assert len(row) <= 60
