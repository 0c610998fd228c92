"""A task as a row of a table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from delay.console.address import add_machine
from delay.console.format import format_countdown, format_span, preview_json
from delay.task import Status, Task
from delay.text.cause import summarize_cause

LABELS: Final = {
    Status.WAITING: "Waiting",
    Status.RUNNING: "Running",
    Status.SUCCEEDED: "Succeeded",
    Status.FAILED: "Failed",
    Status.TIMED_OUT: "Timed out",
    Status.CANCELLED: "Cancelled",
    Status.RESCHEDULED: "Rescheduled",
    Status.OPEN: "Open",
    Status.STOPPED: "Stopped",
}
"""The statuses in words."""

_LONGEST_ERROR: Final = 160
_MARK: Final = "%0A"
"""Follows the keys `.` and `..` in an address, which a browser would resolve. No key has a line feed."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """The cells of a task in a table.

    `lateness` is how long after its due time it ended, or how late it is now.
    `left` is the time until it is due, in words; None unless it waits.
    """

    task: Task
    machine: str | None
    address: str
    status: str
    left: str | None
    lateness: str | None
    payload: str
    error: str | None

    @classmethod
    def of(cls, task: Task, now: datetime, machine: str | None = None) -> "TaskRow":
        """Return the row of a task at a time."""
        return cls(
            task=task,
            machine=machine,
            address=task_address(task.key, machine),
            status=LABELS[task.status],
            left=format_countdown(task.due - now) if task.due and task.status is Status.WAITING else None,
            lateness=_describe_lateness(task, now),
            payload=preview_json(task.payload),
            error=_summarize_error(task),
        )


def task_address(key: str, machine: str | None = None, action: str = "") -> str:
    """Return the address of a task's page, or of one of its actions."""
    segment = f"{quote(key, safe='')}{_MARK if key in {'.', '..'} else ''}"
    path = f"/tasks/{segment}{f'/{action}' if action else ''}"
    return add_machine(path, machine)


def parse_segment(segment: str) -> str:
    """Return the key of a task's address."""
    return segment.removesuffix("\n")


def _describe_lateness(task: Task, now: datetime) -> str | None:
    if task.due is None or task.status in {Status.WAITING, Status.OPEN, Status.CANCELLED, Status.STOPPED}:
        return None
    late = (task.ended or now) - task.due
    return format_span(max(late, timedelta(0)))


def _summarize_error(task: Task) -> str | None:
    if task.status not in {Status.FAILED, Status.TIMED_OUT} and not task.error:
        return None
    parts = (task.error, task.cause and summarize_cause(task.cause))
    text = ": ".join(part for part in parts if part)
    return (text if len(text) <= _LONGEST_ERROR else f"{text[: _LONGEST_ERROR - 1]}…") or None
