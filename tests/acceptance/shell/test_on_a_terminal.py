"""What moves on a terminal: the countdown of a wait, and the bar of an import."""

from pathlib import Path

from tests.acceptance.shell.local import WELL, Shell
from tests.acceptance.shell.test_import import lines
from tests.acceptance.terminal import on_terminal


def test_a_wait_counts_down(shell: Shell) -> None:
    """And gives way to what came of the task."""
    key = shell.schedule(WELL, "6s")
    with on_terminal("delay", "wait", key, "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.until("Waiting ")
        assert terminal.until(" 2s")
        assert terminal.end() == 0
    assert f'{key}  SUCCEEDED  {{"order": 42}}' in terminal.text
    assert max(map(len, terminal.text.splitlines())) <= 80


def test_ctrl_c_ends_a_wait(shell: Shell) -> None:
    """The task goes on."""
    key = shell.schedule(WELL, "7d")
    with on_terminal("delay", "wait", key, "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.until("Waiting ")
        terminal.press_ctrl_c()
        assert terminal.end() == 130
    assert terminal.text.rstrip().endswith("Interrupted.")
    assert "Traceback" not in terminal.text
    assert shell.record("show", key)["status"] == "WAITING"


def test_an_import_draws_how_far_it_has_come(shell: Shell, tmp_path: Path) -> None:
    """With the rate; failures are told above the bar, and the bar is gone at the end."""
    file = tmp_path / "tasks.ndjson"
    file.write_text("{\n" + lines(600))
    with on_terminal("delay", "import", str(file), "--local", "--endpoint-url", shell.url) as terminal:
        assert terminal.until("tasks.ndjson:1: not JSON")
        assert terminal.until("/s ━")
        assert terminal.until("%")
        assert terminal.end() == 8
    assert "Scheduled 600 lines in " in terminal.text
    assert terminal.text.count("━") > 0
