"""The commands on tasks of a table: each works as on executions, or is refused with what to do instead."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from delay import DeadLetters, Delay, NoSuchStack
from delay.cli import connection
from delay.cli.main import delay as root
from delay.cli.target import Target
from delay.testing import FakeTaskTable
from tests.unit.delay.cli.ended import Ended
from tests.unit.delay.cli.hostile import HOSTILE, find_forbidden
from tests.unit.delay.table.harness import run

KEY = "order-42:confirm/\u202e"
"""A key that no execution can have."""


class Shell:
    """Runs commands on a table."""

    def __init__(self) -> None:
        self.table = FakeTaskTable(run)
        self.delay = Delay(
            self.table.arn, backend=self.table, dead_letter_queue_url=self.table.dead_letter_queue_url
        )
        self.targets: list[Target] = []

    def open(self, target: Target) -> Delay:
        """Return the client for a target."""
        self.targets.append(target)
        return self.delay

    def run(self, *arguments: str) -> Ended:
        """Run a command, and check that a terminal acts on nothing that it prints."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
            root([*arguments, "--table-arn", self.table.arn], prog_name="delay")
        ended = Ended(int(end.value.code or 0), out.getvalue(), err.getvalue())
        assert find_forbidden(ended.out + ended.err) == [], arguments
        return ended

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command with --json, and return its objects."""
        ended = self.run(*arguments, "--json")
        assert (ended.code, ended.err) == (0, "")
        return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setattr(connection, "open_delay", shell.open)
    monkeypatch.setattr(
        connection, "open_dead_letters", lambda target, url: shell.open(target).dead_letters(url)
    )
    return shell


def test_task_is_scheduled_shown_moved_and_cancelled(shell: Shell) -> None:
    """The place of the task is its row."""
    assert shell.run("schedule", '{"order": 42}', "--in", "400d", "--key", KEY).code == 0
    (shown,) = shell.records("show", KEY)
    assert (shown["key"], shown["payload"], shown["attempts"]) == (KEY, {"order": 42}, 0)
    text = shell.run("show", KEY).out
    assert "Row         arn:aws:dynamodb:" in text
    assert "Execution" not in text
    assert "(in 2h)" in shell.run("reschedule", KEY, "--in", "2h").out
    assert "CANCELLED" in shell.run("cancel", KEY).out
    assert "TaskCancelled" in shell.run("history", KEY).out
    (target, *_) = shell.targets
    assert (target.store, target.region) == ("table", "us-east-1")


def test_tasks_are_listed_and_counted(shell: Shell) -> None:
    """Due times and errors are there at once, and payloads on request."""
    shell.run("schedule", '{"fail": "closed"}', "--in", "1h", "--key", "order-1")
    shell.table.clock.forward(timedelta(hours=2))
    shell.run("schedule", "{}", "--in", "1h", "--key", "order-2")
    assert shell.run("list").out.splitlines()[0].split() == ["STATUS", "DUE", "ENDED", "KEY"]
    failed, waiting = shell.records("list", "--prefix", "order-")
    assert (failed["error"], failed["cause"], waiting["due"]) == (
        "ValueError",
        "closed",
        "2026-11-24T15:00:00.000Z",
    )
    assert "payload" not in waiting
    assert [task["payload"] for task in shell.records("list", "--due-within", "90m")] == [{}]
    assert [task["key"] for task in shell.records("list", "--status", "FAILED")] == ["order-1"]
    assert shell.run("list", "--status", "TIMED_OUT").err == "No tasks.\n"
    (counts,) = shell.records("count")
    assert (counts["counts"]["WAITING"], counts["counts"]["FAILED"], counts["at_least"]) == (1, 1, [])


def test_failed_task_is_redriven_by_its_key_its_letter_or_its_prefix(shell: Shell) -> None:
    """The letter goes once its task was redriven."""
    shell.run("schedule", '{"fail": "closed"}', "--in", "1h", "--key", "order-1")
    assert shell.run("wait", "order-1").code == 6
    assert "order-1  ValueError: closed" in shell.run("redrive", "--from-queue", "--dry-run").out
    assert shell.run("redrive", "--from-queue").code == 0
    shell.run("wait", "order-1")
    assert shell.run("redrive", "order-1").code == 0
    shell.run("wait", "order-1")
    assert shell.run("redrive", "--prefix", "order-", "--yes").err.endswith("Redrove 1 task.\n")


def test_all_tasks_of_a_prefix_are_changed(shell: Shell) -> None:
    """A dry run changes none."""
    for number in range(3):
        shell.run("schedule", "{}", "--in", "1h", "--key", f"order-{number}")
    assert shell.run("cancel", "--prefix", "order-", "--dry-run").out == "order-0\norder-1\norder-2\n"
    assert shell.run("reschedule", "--prefix", "order-", "--in", "2h", "--yes").code == 0
    assert shell.run("cancel", "--all", "--yes").err == "Cancelled 3 tasks.\n"


@pytest.mark.parametrize("which", [["order"], ["--all", "--yes"]])
def test_version_is_refused_with_what_to_do_instead(shell: Shell, which: list[str]) -> None:
    """A table's tasks are called by the present release."""
    shell.run("schedule", "{}", "--in", "1h", "--key", "order")
    ended = shell.run("reschedule", *which, "--to-version", "live")
    assert (ended.code, ended.out) == (2, "")
    assert "(--to-version) is for tasks that wait as executions: leave it out" in ended.err


def test_tasks_are_exported_and_imported_again(shell: Shell, tmp_path: Path) -> None:
    """Due times may be as far ahead as the calendar goes, and keys may be long."""
    key = "x" * 900
    shell.run("schedule", '{"order": 42}', "--at", "9999-12-31T23:59:59Z", "--key", key)
    file = tmp_path / "tasks.ndjson"
    file.write_text(shell.run("export").out)
    shell.run("cancel", key)
    shell.table.clock.forward(timedelta(days=8))
    dry = shell.run("import", str(file), "--dry-run")
    assert (dry.code, dry.out) == (0, "1 line: 1 can be scheduled, 0 cannot. Nothing was sent.\n")
    assert shell.run("import", str(file), "--rate", "10/s").code == 0
    assert shell.delay.get(key).payload == {"order": 42}


def test_dry_run_checks_by_the_rules_of_the_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It needs no place, and no network."""
    file = tmp_path / "tasks.ndjson"
    file.write_text('{"key": "a:b", "in": "400d", "payload": {}}\n')
    for store, code in (("table", 0), ("executions", 8)):
        with pytest.raises(SystemExit) as end:
            root(["import", str(file), "--dry-run", "--store", store], prog_name="delay")
        assert end.value.code == code
    assert "White space" in capsys.readouterr().err


def test_hostile_texts_of_a_row_are_escaped(shell: Shell) -> None:
    """Its payload, its error and its letter come from others."""
    payload = json.dumps({"fail": HOSTILE.encode(errors="ignore").decode()})
    shell.run("schedule", payload, "--in", "1h", "--key", KEY)
    shell.run("wait", KEY)
    for command in (
        ["show", KEY],
        ["list", "--status", "FAILED"],
        ["history", KEY],
        ["redrive", "--from-queue"],
    ):
        ended = shell.run(*command)
        assert ended.code == 0
        assert "\\u" in ended.out


def test_stack_names_the_table_and_its_dead_letter_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are its outputs; without them the stack has no table."""
    outputs = {
        "DelayStateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:M",
        "TaskTableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tasks",
        "TableDeadLetterQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/failed",
    }
    stack = {"Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]}
    cloudformation = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [stack]})
    monkeypatch.setattr(connection, "connect_cloudformation", lambda *_, **__: cloudformation)
    target = Target(stack_name="tasks", store="table", region="us-east-1").resolve({"store"})
    delay = connection.open_delay(target)
    assert delay.arn == outputs["TaskTableArn"]
    assert isinstance(delay.dead_letters(), DeadLetters)
    stack["Outputs"] = stack["Outputs"][:1]
    with pytest.raises(NoSuchStack, match="deploy it with the parameter TaskStore=both"):
        connection.open_delay(target)


def test_rewind_of_a_running_table_is_refused(shell: Shell) -> None:
    """Its drain moves the cursor, and would pass the tasks since the restore point."""
    shell.table.clock.forward(timedelta(days=1))
    ended = shell.run("rewind", "--to", "2020-01-01T00:00:00Z", "--yes")
    assert ended.code != 0
    assert "stop the drain and the sweeps" in ended.err


def test_rewind_asks_first(shell: Shell) -> None:
    """Without a terminal or --yes, it changes nothing."""
    drained = get_drained(shell)
    assert shell.run("rewind", "--to", "2020-01-01T00:00:00Z").code == 2
    assert get_drained(shell) == drained


def test_rewind_to_a_time_ahead_is_refused(shell: Shell) -> None:
    """No backup is of that time, and the queue would have been purged for nothing. No question is asked."""
    drained = get_drained(shell)
    ended = shell.run("rewind", "--to", "9999-01-01T00:00:00Z")
    assert ended.code == 2
    assert "A backup is of a time that has passed, got 9999-01-01T00:00:00Z." in ended.err
    assert get_drained(shell) == drained


def get_drained(shell: Shell) -> int:
    """Return the minute that the drain has come to."""
    cursor = shell.table.rows.get_cursor()
    assert cursor
    return cursor.drained
