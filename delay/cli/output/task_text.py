"""A task in one line, in full, or as JSON."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from delay.cli.output.printing import format_json
from delay.task import Status, Task
from delay.text.duration import format_duration
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain

_LONGEST_TEXT = 1000


def task_line(task: Task, now: datetime) -> str:
    """Return the key, the status and the due time of a task in one line."""
    return f"{plain(task.key)}  {task.status}{_format_due(task, now, before='  due ')}"


def task_result(task: Task) -> str:
    """Return the key, the status, and the output or error of a task in one line."""
    failure = [_cut(plain(text)) for text in (task.error, task.cause) if text]
    result = _format_value(task.output) if task.status is Status.SUCCEEDED else ": ".join(failure)
    return f"{plain(task.key)}  {task.status}  {result or ''}".rstrip()


def task_lines(task: Task, now: datetime) -> Iterator[str]:
    """Yield a line for each fact of a task. Long text is cut; `task_json` has all of it."""
    for label, text in _list_facts(task, now):
        if text:
            yield f"{label:<12}{text}"


def task_json(task: Task) -> str:
    """Return a task as JSON. Unknown values are null, such as the due times and payloads of a listing."""
    return format_json(_build_record(task))


def _list_facts(task: Task, now: datetime) -> Iterator[tuple[str, str | None]]:
    yield "Key", plain(task.key)
    yield "Status", str(task.status)
    yield "Due", _format_due(task, now)
    yield "Scheduled", format_moment(task.started)
    yield "Ended", format_moment(task.ended) if task.ended else None
    yield "Rescheduled", f"{task.generation - 1} times" if task.generation > 1 else None
    yield "Payload", _format_value(task.payload)
    yield "Output", _format_value(task.output)
    yield "Error", task.error and _cut(plain(task.error))
    yield "Cause", task.cause and _cut(plain(task.cause))
    yield "Execution", task.arn


def _format_due(task: Task, now: datetime, before: str = "") -> str:
    if task.due is None:
        return ""
    left = (
        f" (in {format_duration(max(task.due - now, timedelta(0)))})" if task.status is Status.WAITING else ""
    )
    return f"{before}{format_moment(task.due)}{left}"


def _format_value(value: object) -> str | None:
    return None if value is None else _cut(format_json(value))


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
