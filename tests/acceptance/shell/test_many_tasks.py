"""An operator counts tasks, sees what is due, and cancels, moves and redrives all tasks of a prefix."""

from uuid import uuid4

import pytest

from tests.acceptance.shell.local import BADLY, WELL, Shell
from tests.acceptance.terminal import on_terminal


@pytest.fixture
def prefix() -> str:
    return f"many-{uuid4()}-"


def test_tasks_of_a_prefix_are_counted_listed_and_cancelled(shell: Shell, prefix: str) -> None:
    """The dry run changes nothing, and in a pipe only --yes cancels."""
    for delay in ("7d", "30m", "10m"):
        shell.schedule(WELL, delay, prefix + delay)
    counts = shell.record("count", "--prefix", prefix)
    assert (counts["counts"]["WAITING"], counts["at_least"]) == (3, [])
    due = [task["key"] for task in shell.records("list", "--due-within", "1h", "--prefix", prefix)]
    assert due == [f"{prefix}10m", f"{prefix}30m"]
    dry = shell.delay("cancel", "--prefix", prefix, "--dry-run")
    assert (dry.code, len(dry.out.splitlines())) == (0, 3)
    assert shell.delay("cancel", "--prefix", prefix).code == 2
    ended = shell.delay("cancel", "--prefix", prefix, "--yes")
    assert (ended.code, ended.err) == (0, "Cancelled 3 tasks.\n")
    assert {line.split()[1] for line in ended.out.splitlines()} == {"CANCELLED"}


def test_terminal_is_asked_before_tasks_are_cancelled(shell: Shell, prefix: str) -> None:
    """The question has the number of tasks."""
    shell.schedule(WELL, "7d", f"{prefix}1")
    command = ("delay", "cancel", "--prefix", prefix, "--local", "--endpoint-url", shell.url)
    with on_terminal(*command, columns=200) as terminal:
        assert terminal.until(f"Cancel 1 open task with a key that begins with '{prefix}'? [y/N]")
        terminal.type("y")
        assert terminal.end() == 0
    assert "Cancelled 1 task." in terminal.text


def test_failed_tasks_of_a_prefix_are_listed_and_redriven(shell: Shell, prefix: str) -> None:
    """Their errors are in the listing."""
    key = shell.schedule(BADLY, "0s", f"{prefix}1")
    assert shell.delay("wait", key).code == 6
    header, row = shell.delay("list", "--status", "FAILED", "--prefix", prefix).out.splitlines()
    assert (header.split()[-2:], row.split()[-2:]) == (["ERROR", "KEY"], ["ValueError", key])
    ended = shell.delay("redrive", "--prefix", prefix, "--yes")
    assert (ended.code, ended.err) == (0, "Redrove 1 task.\n")


def test_latest_request_for_a_key_wins(shell: Shell, prefix: str) -> None:
    """With --replace; without it, the first one does."""
    key = shell.schedule({"function": "Echo", "payload": 1}, "7d", f"{prefix}1")
    again = ("schedule", '{"function": "Echo", "payload": 2}', "--in", "2h", "--key", key)
    assert shell.delay(*again).code == 5
    replaced = shell.record(*again, "--replace")
    assert (replaced["payload"]["payload"], replaced["generation"]) == (2, 2)
