"""A task in one line, in full, or as JSON."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from delay.cli.output.printing import format_json
from delay.task import Status, Task
from delay.text.cause import format_cause, summarize_cause
from delay.text.count import format_count
from delay.text.duration import format_duration
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain

_SECOND = timedelta(seconds=1)
_LONGEST_TEXT = 1000
_LABEL_WIDTH = 12

_DETAILS = frozenset({"due", "payload", "output", "error", "cause"})
"""The members of a task that ListExecutions does not return."""

_ROW = re.compile("arn:[^:]+:dynamodb:")
"""The beginning of the ARN of a task in a table. Others are of executions."""


def task_line(task: Task, now: datetime, after: timedelta | None = None) -> str:
    """Return the key, the status and the due time of a task in one line.

    `after` is the delay that the task has just been given, and shown as it was given: a row is due at the
    next whole second.
    """
    given_at = now if after is None or task.due is None else task.due - after
    shown_at = given_at if abs(given_at - now) <= _SECOND else now
    return f"{plain(task.key)}  {task.status}{_format_due(task, shown_at, before='  due ')}"


def describe_failure(task: Task) -> str:
    """Return the error of an open task's last failed call in a few words; nothing if none failed.

    Of executions this is not known, unless `get` was asked for their attempts.
    """
    return f"last call failed: {_cut(plain(task.error))}" if task.status.is_open and task.error else ""


def task_result(task: Task) -> str:
    """Return the key, the status, and the output or error of a task in one line."""
    cause = summarize_cause(task.cause) if task.cause else None
    failure = [_cut(plain(text)) for text in (task.error, cause) if text]
    result = _format_value(task.output) if task.status is Status.SUCCEEDED else ": ".join(failure)
    return f"{plain(task.key)}  {task.status}  {result or ''}".rstrip()


def task_lines(task: Task, now: datetime) -> Iterator[str]:
    """Yield each fact of a task, most in one line. Long text is cut; `task_json` has all of it."""
    for label, text in _list_facts(task, now):
        if text:
            first, *others = text.split("\n")
            yield f"{label:<{_LABEL_WIDTH}}{first}"
            yield from (f"{'':{_LABEL_WIDTH}}{line}" for line in others)


def task_json(task: Task) -> str:
    """Return a task as JSON. A value that there is not, such as the output of a waiting task, is null."""
    return format_json(_build_record(task))


def listed_task_json(task: Task, *, has_details: bool, has_payloads: bool) -> str:
    """Return a task of a listing as JSON. Members that were not asked for are missing, not null."""
    omitted = {"attempts"} if has_details else {"attempts", *_DETAILS}
    omitted |= set() if has_payloads else {"payload"}
    return format_json({name: value for name, value in _build_record(task).items() if name not in omitted})


def _list_facts(task: Task, now: datetime) -> Iterator[tuple[str, str | None]]:
    yield "Key", plain(task.key)
    yield "Status", str(task.status)
    yield "Due", _format_due(task, now)
    yield "Scheduled", format_moment(task.started)
    yield "Ended", format_moment(task.ended) if task.ended else None
    yield "Rescheduled", format_count(task.generation - 1, "time") if task.generation > 1 else None
    yield "Attempts", f"{task.attempts:,}" if task.attempts else None
    yield "Payload", _format_value(task.payload)
    yield "Output", _format_value(task.output)
    yield "Last error" if task.status.is_open else "Error", task.error and _cut(plain(task.error))
    yield "Cause", task.cause and _format_cause(task.cause)
    yield "Row" if _ROW.match(task.arn) else "Execution", plain(task.arn)


def _format_due(task: Task, now: datetime, before: str = "") -> str:
    if task.due is None:
        return ""
    left = (
        f" (in {format_duration(max(task.due - now, timedelta(0)))})" if task.status is Status.WAITING else ""
    )
    return f"{before}{format_moment(task.due)}{left}"


def _format_value(value: object) -> str | None:
    return None if value is None else _cut(format_json(value))


def _format_cause(cause: str) -> str:
    return "\n".join(map(plain, _cut(format_cause(cause)).splitlines()))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}... ({len(text):,} characters: --json has them all)"


def _build_record(task: Task) -> dict[str, Any]:
    return {
        name: format_exactly(value) if isinstance(value, datetime) else value
        # Not dataclasses.asdict, which copies payloads and cannot copy deep ones.
        for name, value in ((field.name, getattr(task, field.name)) for field in fields(task))
    }
