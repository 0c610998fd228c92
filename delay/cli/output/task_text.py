"""A task as text: in one line, in full, and for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from delay.task import Status, Task
from delay.text.duration import format_duration
from delay.text.moment import format_exactly, format_moment
from delay.text.plain import plain

_LONGEST_TEXT = 1000


def task_line(task: Task, now: datetime) -> str:
    """Tell a task in one line: its key, how it fares, and when it is due."""
    return f"{plain(task.key)}  {task.status}{_due(task, now, before='  due ')}"


def task_result(task: Task) -> str:
    """Tell in one line what came of a task that has ended."""
    failed = [_cut(plain(text)) for text in (task.error, task.cause) if text]
    came = _value(task.output) if task.status is Status.SUCCEEDED else ": ".join(failed)
    return f"{plain(task.key)}  {task.status}  {came or ''}".rstrip()


def task_lines(task: Task, now: datetime) -> Iterator[str]:
    """Tell all there is to a task, a line each; what is long is cut, and `task_json` has the whole."""
    for label, text in _facts(task, now):
        if text:
            yield f"{label:<12}{text}"


def task_json(task: Task) -> str:
    """Write a task for programs. What is not known is null, as due times and payloads in a listing are."""
    return json.dumps(_record(task), ensure_ascii=False)


def _facts(task: Task, now: datetime) -> Iterator[tuple[str, str | None]]:
    yield "Key", plain(task.key)
    yield "Status", str(task.status)
    yield "Due", _due(task, now)
    yield "Scheduled", format_moment(task.started)
    yield "Ended", format_moment(task.ended) if task.ended else None
    yield "Rescheduled", f"{task.generation - 1} times" if task.generation > 1 else None
    yield "Payload", _value(task.payload)
    yield "Output", _value(task.output)
    yield "Error", task.error and _cut(plain(task.error))
    yield "Cause", task.cause and _cut(plain(task.cause))
    yield "Execution", task.arn


def _due(task: Task, now: datetime, before: str = "") -> str:
    if task.due is None:
        return ""
    left = (
        f" (in {format_duration(max(task.due - now, timedelta(0)))})" if task.status is Status.WAITING else ""
    )
    return f"{before}{format_moment(task.due)}{left}"


def _value(value: object) -> str | None:
    return None if value is None else _cut(plain(json.dumps(value, ensure_ascii=False)))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}... ({len(text):,} characters: --json has them all)"


def _record(task: Task) -> dict[str, Any]:
    return {name: _written(value) for name, value in asdict(task).items()}


def _written(value: object) -> object:
    return format_exactly(value) if isinstance(value, datetime) else value
