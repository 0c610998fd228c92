"""A task on one line, in full, and as JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from delay.cli.output.task_table import task_table
from delay.cli.output.task_text import describe_failure, task_json, task_line, task_lines, task_result
from delay.task import Status, Task

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WAITING = Task("a", Status.WAITING, "arn:a", NOON, due=NOON + timedelta(days=7), payload={"a": 1})
ENDED = replace(WAITING, status=Status.SUCCEEDED, ended=NOON + timedelta(days=7, seconds=1), output={"b": 2})


def test_line_has_key_status_and_due_time() -> None:
    """For a waiting task it also has the remaining time."""
    assert task_line(WAITING, NOON) == "a  WAITING  due 2026-12-08T12:00:00Z (in 7d)"
    assert task_line(ENDED, NOON) == "a  SUCCEEDED  due 2026-12-08T12:00:00Z"
    assert task_line(replace(WAITING, due=None, status=Status.OPEN), NOON) == "a  OPEN"


def test_line_shows_the_delay_that_was_just_given() -> None:
    """A row is due at the next whole second, which is up to a second later."""
    scheduled = NOON - timedelta(milliseconds=700)
    assert task_line(WAITING, scheduled).endswith("(in 7d)")
    soon = replace(WAITING, due=NOON + timedelta(minutes=5))
    assert task_line(soon, scheduled).endswith("(in 5m 1s)")
    assert task_line(soon, scheduled, timedelta(minutes=5)).endswith("(in 5m)")
    assert task_line(soon, scheduled, timedelta(minutes=7)).endswith("(in 5m 1s)")


def test_failure_of_an_open_task_is_that_of_its_last_call() -> None:
    """It has ended by another one then, or not failed at all."""
    retried = replace(WAITING, status=Status.RUNNING, error="ValueError\x1b")
    assert describe_failure(retried) == "last call failed: ValueError\\u001b"
    assert describe_failure(WAITING) == ""
    assert describe_failure(replace(ENDED, status=Status.FAILED, error="ValueError")) == ""


def test_result_is_the_output_or_the_error() -> None:
    """A task that timed out has neither."""
    assert task_result(ENDED) == 'a  SUCCEEDED  {"b": 2}'
    failed = replace(ENDED, status=Status.FAILED, error="ValueError", cause='{"errorMessage": "no"}')
    assert task_result(failed) == "a  FAILED  ValueError: no"
    assert task_result(replace(ENDED, status=Status.TIMED_OUT)) == "a  TIMED_OUT"


def test_full_text_has_the_known_fields() -> None:
    """Unknown fields are left out."""
    assert list(task_lines(WAITING, NOON)) == [
        "Key         a",
        "Status      WAITING",
        "Due         2026-12-08T12:00:00Z (in 7d)",
        "Scheduled   2026-12-01T12:00:00Z",
        'Payload     {"a": 1}',
        "Execution   arn:a",
    ]


def test_failed_task_shows_the_message_and_the_trace_of_its_error() -> None:
    """Lambda's cause is JSON; its lines are lines here. The number of attempts and of moves goes before."""
    cause = json.dumps(
        {
            "errorMessage": "no such order",
            "errorType": "ValueError",
            "stackTrace": ['  File "/var/task/app.py", line 3, in handle\n    raise ValueError\n'],
        }
    )
    failed = replace(
        ENDED, status=Status.FAILED, output=None, error="ValueError", cause=cause, generation=2, attempts=3
    )
    assert list(task_lines(failed, NOON))[5:-1] == [
        "Rescheduled 1 time",
        "Attempts    3",
        'Payload     {"a": 1}',
        "Error       ValueError",
        "Cause       no such order",
        '              File "/var/task/app.py", line 3, in handle',
        "                raise ValueError",
    ]
    assert "Rescheduled 2 times" in list(task_lines(replace(failed, generation=3), NOON))


def test_running_task_shows_its_last_error() -> None:
    """It is being retried."""
    retried = replace(WAITING, status=Status.RUNNING, attempts=2, error="TryAgain", cause="not paid\x1b yet")
    assert list(task_lines(retried, NOON))[4:-1] == [
        "Attempts    2",
        'Payload     {"a": 1}',
        "Last error  TryAgain",
        "Cause       not paid\\u001b yet",
    ]


def test_long_payload_is_cut() -> None:
    """A payload may have 256 KiB."""
    (payload,) = [
        line for line in task_lines(replace(WAITING, payload={"a": "x" * 5000}), NOON) if "Payload" in line
    ]
    assert len(payload) < 1100
    assert payload.endswith("... (5,009 characters: --json has them all)")


def test_control_characters_are_escaped() -> None:
    """Payloads and errors come from others."""
    failed = replace(ENDED, status=Status.FAILED, error="\x1b[2Jgone", cause="two\nlines\u202e")
    assert task_result(failed) == "a  FAILED  \\u001b[2Jgone: two\\nlines\\u202e"


def test_json_has_every_field() -> None:
    """Times have milliseconds, and unknown values are null."""
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
        "attempts": None,
    }


def test_table_has_the_scheduled_or_the_due_time() -> None:
    """Each task has a row, with its key at the end."""
    assert list(task_table([WAITING, ENDED], due=True, width=80)) == [
        "STATUS       DUE                   ENDED                 KEY",
        "WAITING      2026-12-08T12:00:00Z  -                     a",
        "SUCCEEDED    2026-12-08T12:00:00Z  2026-12-08T12:00:01Z  a",
    ]
    assert list(task_table([WAITING], due=False, width=80)) == [
        "STATUS       SCHEDULED             ENDED                 KEY",
        "WAITING      2026-12-01T12:00:00Z  -                     a",
    ]


def test_table_without_tasks_is_empty() -> None:
    """It has no header."""
    assert list(task_table([], due=True, width=80)) == []


def test_narrow_table_has_room_for_the_key() -> None:
    """It leaves out the end time."""
    assert list(task_table([WAITING, ENDED], due=True, width=60)) == [
        "STATUS       DUE                   KEY",
        "WAITING      2026-12-08T12:00:00Z  a",
        "SUCCEEDED    2026-12-08T12:00:00Z  a",
    ]
