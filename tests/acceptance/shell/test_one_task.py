"""An operator schedules a task, inspects it, changes it, and waits for it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.shell.local import BADLY, WELL, Shell

WEEK = timedelta(days=7)


@pytest.fixture(scope="session")
def waiting(shell: Shell) -> str:
    return shell.schedule(WELL, "7d")


@pytest.fixture(scope="session")
def failed(shell: Shell) -> str:
    key = shell.schedule(BADLY, "0s")
    assert shell.delay("wait", key).code == 6
    return key


def test_schedule_prints_key_status_and_due_time(shell: Shell) -> None:
    """They are on one line."""
    ended = shell.delay("schedule", '{"a": 1233333}', "--in", "7d", "--key", "order-42-confirm")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"order-42-confirm  WAITING  due 20\S+Z \(in 7d\)\n", ended.out)


def test_task_without_a_key_gets_a_new_one(shell: Shell) -> None:
    """The key is printed, so that the task can be found."""
    scheduled = shell.record("schedule", json.dumps(WELL), "--in", "30m")
    assert shell.record("show", scheduled["key"])["payload"] == WELL


def test_task_is_scheduled_at_a_given_time(shell: Shell) -> None:
    """The time may be in any time zone. The delay counts from the start."""
    began = datetime.now(UTC)
    at = began.replace(microsecond=0) + WEEK
    scheduled = shell.record("schedule", json.dumps(WELL), "--at", at.isoformat())
    sent = datetime.now(UTC) - began
    assert timedelta(0) <= datetime.fromisoformat(scheduled["due"]) - at < timedelta(seconds=1) + sent


def test_payload_is_read_from_a_file_or_standard_input(shell: Shell, tmp_path: Path) -> None:
    """A byte order mark is ignored."""
    (tmp_path / "order.json").write_text("\ufeff" + json.dumps(WELL), encoding="utf-8")
    from_file = shell.delay("schedule", "@order.json", "--in", "7d", "--json", folder=tmp_path)
    from_input = shell.delay("schedule", "-", "--in", "7d", "--json", typed=json.dumps(WELL))
    assert json.loads(from_file.out)["payload"] == json.loads(from_input.out)["payload"] == WELL


def test_identical_task_is_scheduled_once(shell: Shell, waiting: str) -> None:
    """The second call returns the existing task."""
    at = shell.record("show", waiting)["due"]
    again = shell.record("schedule", json.dumps(WELL), "--at", at, "--key", waiting)
    assert again["arn"] == shell.record("show", waiting)["arn"]
    assert len(shell.records("list", "--prefix", waiting)) == 1


def test_different_task_with_the_same_key_is_refused(shell: Shell, waiting: str) -> None:
    """The message names the difference, and the exit code is its own."""
    ended = shell.delay("schedule", '{"b": 2}', "--in", "7d", "--key", waiting)
    assert (ended.code, ended.out) == (5, "")
    assert "belongs to another task" in ended.err
    assert "its payload differs" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("{}",), "Say when, with either --in 7d or --at 2027"),
        (("{}", "--in", "7d", "--at", "2036-12-01T00:00:00Z"), "Say when, with either --in 7d or --at 2027"),
        (("{}", "--in", "7"), "'7' is not a duration: write 90s, 30m, 2h or 7d"),
        (("{}", "--in", "365d"), "the maximum is 364 days"),
        (("{}", "--at", "2036-12-01"), "is not a time with a zone"),
        (
            ("{}", "--at", "2020-12-01T00:00:00Z"),
            "2020-12-01T00:00:00Z has passed: use --in 0s to call",
        ),
        (
            ("{'a': 1}", "--in", "7d"),
            "not JSON: Expecting property name enclosed in double quotes at column 2",
        ),
        (("[1]", "--in", "7d"), 'an array, not a JSON object such as {"order": 42}'),
        (('{"a": NaN}', "--in", "7d"), "NaN is not JSON"),
        (('{"a":' * 10_000, "--in", "7d"), "nested too deeply"),
        (('{"expirydate": 11}', "--in", "7d"), "must not have a member 'expirydate'"),
        (("@nowhere.json", "--in", "7d"), "cannot read nowhere.json: No such file or directory"),
        (("{}", "--in", "7d", "--key", "a b"), "A key must not contain ' '"),
        (("{}", "--in", "7d", "--key", "k" * 81), "got 81"),
    ],
)
def test_invalid_task_is_refused_with_the_reason(shell: Shell, arguments: tuple[str, ...], says: str) -> None:
    """It is a usage error, and nothing is scheduled."""
    ended = shell.delay("schedule", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err.splitlines()[-1]


def test_past_time_is_accepted_with_allow_past(shell: Shell) -> None:
    """The task is due at once."""
    ended = shell.delay("schedule", json.dumps(WELL), "--at", "2020-12-01T00:00:00Z", "--allow-past")
    assert ended.code == 0, ended.err


def test_show_prints_every_field_of_a_task(shell: Shell, waiting: str) -> None:
    """Each field has a line."""
    lines = dict(line.split(maxsplit=1) for line in shell.delay("show", waiting).out.splitlines())
    assert list(lines) == ["Key", "Status", "Due", "Scheduled", "Payload", "Execution"]
    assert lines["Status"] == "WAITING"
    assert lines["Payload"] == json.dumps(WELL)


@pytest.mark.parametrize("command", ["show", "history", "wait", "cancel", "redrive"])
def test_missing_task_is_named(shell: Shell, command: str) -> None:
    """The message is one line, and the exit code is its own."""
    ended = shell.delay(command, "nonsense")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("Error: No task has the key 'nonsense'.")
    assert len(ended.err.splitlines()) == 1


def test_every_cancelled_task_is_printed(shell: Shell) -> None:
    """A missing task does not stop the others. The exit code is that of the first failure."""
    first, second = shell.schedule(WELL, "7d"), shell.schedule(WELL, "7d")
    ended = shell.delay("cancel", first, "nonsense", second)
    assert ended.code == 3
    assert [line.split()[:2] for line in ended.out.splitlines()] == [
        [first, "CANCELLED"],
        [second, "CANCELLED"],
    ]
    assert "'nonsense'" in ended.err


def test_called_task_cannot_be_cancelled(shell: Shell, failed: str) -> None:
    """The exit code is its own, and `reschedule` has the same."""
    ended = shell.delay("cancel", failed)
    assert (ended.code, ended.out) == (4, "")
    assert "can no longer be cancelled" in ended.err
    assert shell.delay("reschedule", failed, "--in", "2h").code == 4


def test_reschedule_moves_the_due_time(shell: Shell) -> None:
    """The task keeps its key and its payload."""
    key = shell.schedule(WELL, "7d")
    ended = shell.delay("reschedule", key, "--in", "2h")
    assert re.fullmatch(rf"{key}  WAITING  due \S+ \(in 2h\)\n", ended.out)
    shown = shell.record("show", key)
    assert (shown["payload"], shown["generation"]) == (WELL, 2)
    assert [task["status"] for task in shell.records("list", "--prefix", key)] == ["OPEN"]


def test_wait_ends_with_the_task(shell: Shell) -> None:
    """Standard output has the output of the function."""
    key = shell.schedule(WELL, "2s")
    ended = shell.delay("wait", key)
    assert ended.code == 0
    assert ended.out == f'{key}  SUCCEEDED  {{"order": 42}}\n'
    assert shell.record("wait", key)["output"] == {"order": 42}


def test_wait_for_a_failed_task_has_its_own_exit_code(shell: Shell, failed: str) -> None:
    """The output has the error."""
    ended = shell.delay("wait", failed)
    assert ended.code == 6
    assert ended.out.startswith(f"{failed}  FAILED  ValueError: ")
    assert "the order does not exist" in ended.out


def test_wait_ends_at_its_timeout(shell: Shell, waiting: str) -> None:
    """The exit code means that the task is still open. Standard error has the progress."""
    ended = shell.delay("wait", waiting, "--timeout", "1s")
    assert (ended.code, ended.out) == (7, "")
    assert ended.err.startswith(f"{waiting}  WAITING  due ")
    assert "has not ended within" in ended.err.splitlines()[-1]


def test_redriven_task_is_called_again(shell: Shell) -> None:
    """Its history has both calls."""
    key = shell.schedule(BADLY, "0s")
    assert shell.delay("wait", key).code == 6
    ended = shell.delay("redrive", key)
    assert (ended.code, ended.err) == (0, "")
    assert shell.delay("wait", key).code == 6
    types = [event["type"] for event in shell.records("history", key)]
    assert "ExecutionRedriven" in types
    assert types.count("TaskScheduled") == 2


def test_waiting_task_is_not_redriven(shell: Shell, waiting: str) -> None:
    """The message has the reason."""
    ended = shell.delay("redrive", waiting)
    assert (ended.code, ended.out) == (1, "")
    assert "only a failed task can be redriven" in ended.err


def test_history_is_a_table(shell: Shell, failed: str) -> None:
    """Each event has a row, with the time since the first event."""
    header, *rows = shell.delay("history", failed).out.splitlines()
    assert header.split() == ["#", "after", "event", "details"]
    assert [row.split()[3] for row in (rows[0], rows[-1])] == ["ExecutionStarted", "ExecutionFailed"]


def test_tasks_are_listed_latest_first(shell: Shell) -> None:
    """Prefix, status and limit select tasks, and --due adds the due times."""
    prefix = f"list-{datetime.now(UTC):%H%M%S%f}-"
    for number in range(3):
        shell.schedule(WELL, "7d", f"{prefix}{number}")
    shell.delay("cancel", f"{prefix}1")
    latest = shell.records("list", "--prefix", prefix, "--limit", "2")
    assert [task["key"] for task in latest] == [f"{prefix}1", f"{prefix}2"]
    cancelled = shell.records("list", "--prefix", prefix, "--status", "cancelled")
    assert [task["key"] for task in cancelled] == [f"{prefix}1"]
    printed = {option: shell.delay("list", "--prefix", prefix, *option).out for option in ((), ("--due",))}
    header, *rows = printed[()].splitlines()
    assert header.split() == ["STATUS", "SCHEDULED", "ENDED", "KEY"]
    assert [row.split()[0] for row in rows] == ["STOPPED", "OPEN", "OPEN"]
    header, *rows = printed["--due",].splitlines()
    assert header.split() == ["STATUS", "DUE", "ENDED", "KEY"]
    assert [row.split()[0] for row in rows] == ["CANCELLED", "WAITING", "WAITING"]


def test_empty_list_prints_nothing_for_scripts(shell: Shell) -> None:
    """Standard error has a message for people."""
    ended = shell.delay("list", "--prefix", "nonsense")
    assert (ended.code, ended.out, ended.err) == (0, "", "No tasks.\n")
