"""A task in one line, in full, and for programs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from delay.cli.output.task_table import task_table
from delay.cli.output.task_text import task_json, task_line, task_lines, task_result
from delay.task import Status, Task

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WAITING = Task("a", Status.WAITING, "arn:a", NOON, due=NOON + timedelta(days=7), payload={"a": 1})
ENDED = replace(WAITING, status=Status.SUCCEEDED, ended=NOON + timedelta(days=7, seconds=1), output={"b": 2})


def test_a_line_tells_key_status_and_due_time() -> None:
    """And how long that is still to come, if it waits."""
    assert task_line(WAITING, NOON) == "a  WAITING  due 2026-12-08T12:00:00Z (in 7d)"
    assert task_line(ENDED, NOON) == "a  SUCCEEDED  due 2026-12-08T12:00:00Z"
    assert task_line(replace(WAITING, due=None, status=Status.OPEN), NOON) == "a  OPEN"


def test_the_result_of_a_task_is_its_output_or_its_error() -> None:
    """A task that was cancelled has the reason."""
    assert task_result(ENDED) == 'a  SUCCEEDED  {"b": 2}'
    failed = replace(ENDED, status=Status.FAILED, error="ValueError", cause='{"errorMessage": "no"}')
    assert task_result(failed) == 'a  FAILED  ValueError: {"errorMessage": "no"}'
    assert task_result(replace(ENDED, status=Status.TIMED_OUT)) == "a  TIMED_OUT"


def test_in_full_a_task_tells_what_there_is_to_tell() -> None:
    """And leaves out what there is not."""
    assert list(task_lines(WAITING, NOON)) == [
        "Key         a",
        "Status      WAITING",
        "Due         2026-12-08T12:00:00Z (in 7d)",
        "Scheduled   2026-12-01T12:00:00Z",
        'Payload     {"a": 1}',
        "Execution   arn:a",
    ]


def test_what_is_long_is_cut_for_people() -> None:
    """A payload may have 256 KiB."""
    (payload,) = [
        line for line in task_lines(replace(WAITING, payload={"a": "x" * 5000}), NOON) if "Payload" in line
    ]
    assert len(payload) < 1100
    assert payload.endswith("... (5,009 characters: --json has them all)")


def test_what_could_steer_a_terminal_is_written_out() -> None:
    """Payloads and errors are of others."""
    failed = replace(ENDED, status=Status.FAILED, error="\x1b[2Jgone", cause="two\nlines\u202e")
    assert task_result(failed) == "a  FAILED  \\x1b[2Jgone: two\\nlines\\u202e"


def test_programs_get_all_of_it() -> None:
    """Times to the millisecond; what is not known is null."""
    written = json.loads(task_json(replace(WAITING, started=NOON + timedelta(milliseconds=5))))
    assert written == {
        "key": "a",
        "status": "WAITING",
        "arn": "arn:a",
        "started": "2026-12-01T12:00:00.005Z",
        "due": "2026-12-08T12:00:00.000Z",
        "ended": None,
        "payload": {"a": 1},
        "output": None,
        "error": None,
        "cause": None,
        "generation": 1,
    }


def test_a_table_tells_when_tasks_were_scheduled_or_are_due() -> None:
    """A row for each, and the key at its end."""
    assert list(task_table([WAITING, ENDED], due=True, width=80)) == [
        "STATUS       DUE                   ENDED                 KEY",
        "WAITING      2026-12-08T12:00:00Z  -                     a",
        "SUCCEEDED    2026-12-08T12:00:00Z  2026-12-08T12:00:01Z  a",
    ]
    assert list(task_table([WAITING], due=False, width=80)) == [
        "STATUS       SCHEDULED             ENDED                 KEY",
        "WAITING      2026-12-01T12:00:00Z  -                     a",
    ]


def test_a_table_of_no_tasks_is_none() -> None:
    """Not even a header."""
    assert list(task_table([], due=True, width=80)) == []


def test_a_narrow_terminal_has_room_for_the_key() -> None:
    """Because it is not shown when a task ended."""
    assert list(task_table([WAITING, ENDED], due=True, width=60)) == [
        "STATUS       DUE                   KEY",
        "WAITING      2026-12-08T12:00:00Z  a",
        "SUCCEEDED    2026-12-08T12:00:00Z  a",
    ]
