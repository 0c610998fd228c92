"""An operator schedules a task, looks after it, changes it, and waits for it."""

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


def test_scheduling_tells_key_status_and_due_time(shell: Shell) -> None:
    """In one line."""
    ended = shell.delay("schedule", '{"a": 1233333}', "--in", "7d", "--key", "order-42-confirm")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"order-42-confirm  WAITING  due 20\S+Z \(in 7d\)\n", ended.out)


def test_without_a_key_the_task_gets_one(shell: Shell) -> None:
    """Which is told, so that it can be found again."""
    scheduled = shell.record("schedule", json.dumps(WELL), "--in", "30m")
    assert shell.record("show", scheduled["key"])["payload"] == WELL


def test_a_task_can_be_scheduled_for_a_moment(shell: Shell) -> None:
    """In any time zone."""
    at = datetime.now(UTC).replace(microsecond=0) + WEEK
    scheduled = shell.record("schedule", json.dumps(WELL), "--at", (at).isoformat())
    assert timedelta(0) <= datetime.fromisoformat(scheduled["due"]) - at < timedelta(seconds=1)


def test_the_payload_may_come_from_a_file_or_standard_input(shell: Shell, tmp_path: Path) -> None:
    """With a byte order mark or without."""
    (tmp_path / "order.json").write_text("\ufeff" + json.dumps(WELL), encoding="utf-8")
    from_file = shell.delay("schedule", "@order.json", "--in", "7d", "--json", folder=tmp_path)
    from_input = shell.delay("schedule", "-", "--in", "7d", "--json", typed=json.dumps(WELL))
    assert json.loads(from_file.out)["payload"] == json.loads(from_input.out)["payload"] == WELL


def test_the_same_task_can_be_scheduled_twice(shell: Shell, waiting: str) -> None:
    """It is there once."""
    at = shell.record("show", waiting)["due"]
    again = shell.record("schedule", json.dumps(WELL), "--at", at, "--key", waiting)
    assert again["arn"] == shell.record("show", waiting)["arn"]
    assert len(shell.records("list", "--prefix", waiting)) == 1


def test_another_task_with_the_same_key_is_refused(shell: Shell, waiting: str) -> None:
    """With what differs, and an exit code of its own."""
    ended = shell.delay("schedule", '{"b": 2}', "--in", "7d", "--key", waiting)
    assert (ended.code, ended.out) == (5, "")
    assert "belongs to another task" in ended.err
    assert "its payload differs" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("{}",), "Say when, with either --in 7d or --at 2026"),
        (("{}", "--in", "7d", "--at", "2036-12-01T00:00:00Z"), "Say when, with either --in 7d or --at 2026"),
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
def test_what_cannot_be_scheduled_is_refused_with_the_reason(
    shell: Shell, arguments: tuple[str, ...], says: str
) -> None:
    """With the exit code of a misuse, and nothing is scheduled."""
    ended = shell.delay("schedule", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err.splitlines()[-1]


def test_a_moment_that_has_passed_can_mean_at_once(shell: Shell) -> None:
    """If that is what is wanted."""
    ended = shell.delay("schedule", json.dumps(WELL), "--at", "2020-12-01T00:00:00Z", "--allow-past")
    assert ended.code == 0, ended.err


def test_a_task_is_shown_with_all_there_is_to_it(shell: Shell, waiting: str) -> None:
    """A line for each fact."""
    lines = dict(line.split(maxsplit=1) for line in shell.delay("show", waiting).out.splitlines())
    assert list(lines) == ["Key", "Status", "Due", "Scheduled", "Payload", "Execution"]
    assert lines["Status"] == "WAITING"
    assert lines["Payload"] == json.dumps(WELL)


@pytest.mark.parametrize("command", ["show", "history", "wait", "cancel", "redrive"])
def test_a_task_that_is_not_there_is_named(shell: Shell, command: str) -> None:
    """With an exit code of its own, in one line."""
    ended = shell.delay(command, "nonsense")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("Error: No task has the key 'nonsense'.")
    assert len(ended.err.splitlines()) == 1


def test_tasks_are_cancelled_and_each_is_told(shell: Shell) -> None:
    """Those that are not there do not keep the others from it; the exit code is that of the first failure."""
    first, second = shell.schedule(WELL, "7d"), shell.schedule(WELL, "7d")
    ended = shell.delay("cancel", first, "nonsense", second)
    assert ended.code == 3
    assert [line.split()[:2] for line in ended.out.splitlines()] == [
        [first, "CANCELLED"],
        [second, "CANCELLED"],
    ]
    assert "'nonsense'" in ended.err


def test_a_task_that_has_been_called_cannot_be_cancelled(shell: Shell, failed: str) -> None:
    """It is too late, which scripts can tell by the exit code."""
    ended = shell.delay("cancel", failed)
    assert (ended.code, ended.out) == (4, "")
    assert "can no longer be cancelled" in ended.err
    assert shell.delay("reschedule", failed, "--in", "2h").code == 4


def test_a_task_is_moved_to_another_time(shell: Shell) -> None:
    """It keeps its key and its payload."""
    key = shell.schedule(WELL, "7d")
    ended = shell.delay("reschedule", key, "--in", "2h")
    assert re.fullmatch(rf"{key}  WAITING  due \S+ \(in 2h\)\n", ended.out)
    shown = shell.record("show", key)
    assert (shown["payload"], shown["generation"]) == (WELL, 2)
    assert [task["status"] for task in shell.records("list", "--prefix", key)] == ["OPEN"]


def test_waiting_ends_with_the_task(shell: Shell) -> None:
    """What the function returned is printed; what happens meanwhile is told on standard error."""
    key = shell.schedule(WELL, "5s")
    ended = shell.delay("wait", key)
    assert ended.code == 0
    assert ended.out == f'{key}  SUCCEEDED  {{"order": 42}}\n'
    assert ended.err.startswith(f"{key}  WAITING  due ")
    assert shell.record("wait", key)["output"] == {"order": 42}


def test_a_task_that_failed_is_told_by_the_exit_code(shell: Shell, failed: str) -> None:
    """With the error."""
    ended = shell.delay("wait", failed)
    assert ended.code == 6
    assert ended.out.startswith(f"{failed}  FAILED  ValueError: ")
    assert "the order does not exist" in ended.out


def test_a_wait_can_be_limited(shell: Shell, waiting: str) -> None:
    """Then the exit code says that the task is still open."""
    ended = shell.delay("wait", waiting, "--timeout", "1s")
    assert (ended.code, ended.out) == (7, "")
    assert "has not ended within" in ended.err.splitlines()[-1]


def test_a_failed_task_is_called_again(shell: Shell) -> None:
    """And has it in its history."""
    key = shell.schedule(BADLY, "0s")
    assert shell.delay("wait", key).code == 6
    ended = shell.delay("redrive", key)
    assert (ended.code, ended.err) == (0, "")
    assert shell.delay("wait", key).code == 6
    types = [event["type"] for event in shell.records("history", key)]
    assert "ExecutionRedriven" in types
    assert types.count("TaskScheduled") == 2


def test_a_task_that_has_not_failed_is_not_called_again(shell: Shell, waiting: str) -> None:
    """It is told why."""
    ended = shell.delay("redrive", waiting)
    assert (ended.code, ended.out) == (1, "")
    assert "only a failed task can be redriven" in ended.err


def test_the_history_is_a_table(shell: Shell, failed: str) -> None:
    """One row an event, with the time since the first."""
    header, *rows = shell.delay("history", failed).out.splitlines()
    assert header.split() == ["#", "after", "event", "details"]
    assert [row.split()[3] for row in (rows[0], rows[-1])] == ["ExecutionStarted", "ExecutionFailed"]


def test_tasks_are_listed_latest_first(shell: Shell) -> None:
    """By prefix and status, and as many as are wanted; with due times if they are asked for."""
    prefix = f"list-{datetime.now(UTC):%H%M%S%f}-"
    for number in range(3):
        shell.schedule(WELL, "7d", f"{prefix}{number}")
    shell.delay("cancel", f"{prefix}1")
    latest = shell.records("list", "--prefix", prefix, "--limit", "2")
    assert [task["key"] for task in latest] == [f"{prefix}1", f"{prefix}2"]
    cancelled = shell.records("list", "--prefix", prefix, "--status", "cancelled")
    assert [task["key"] for task in cancelled] == [f"{prefix}1"]
    told = {option: shell.delay("list", "--prefix", prefix, *option).out for option in ((), ("--due",))}
    header, *rows = told[()].splitlines()
    assert header.split() == ["STATUS", "SCHEDULED", "ENDED", "KEY"]
    assert [row.split()[0] for row in rows] == ["STOPPED", "OPEN", "OPEN"]
    header, *rows = told["--due",].splitlines()
    assert header.split() == ["STATUS", "DUE", "ENDED", "KEY"]
    assert [row.split()[0] for row in rows] == ["CANCELLED", "WAITING", "WAITING"]


def test_where_there_are_no_tasks_a_script_reads_nothing(shell: Shell) -> None:
    """And a person reads that."""
    ended = shell.delay("list", "--prefix", "nonsense")
    assert (ended.code, ended.out, ended.err) == (0, "", "No tasks.\n")
