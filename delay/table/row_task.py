"""Tasks from the rows of a table."""

import json
from datetime import UTC, datetime
from typing import Any

from delay.task import ScheduledTask, Status, Task
from task_table.key_row import KeyRow, RowStatus

_STATUSES = {
    RowStatus.WAITING: Status.WAITING,
    RowStatus.RUNNING: Status.RUNNING,
    RowStatus.SUCCEEDED: Status.SUCCEEDED,
    RowStatus.FAILED: Status.FAILED,
    RowStatus.CANCELLED: Status.CANCELLED,
}


def build_task(row: KeyRow, payload: str, arn: str, now: datetime) -> ScheduledTask:
    """Return a task from its key row and the payload in its slot row."""
    return ScheduledTask(**_build_members(row, arn, now), payload=json.loads(payload))


def build_listed_task(row: KeyRow, payload: str | None, arn: str, now: datetime) -> Task:
    """Return a task of a listing, which may be without payload."""
    return Task(**_build_members(row, arn, now), payload=None if payload is None else json.loads(payload))


def derive_status(row: KeyRow, now: datetime) -> Status:
    """Return the status of a task.

    In a table that records no ends, a called task counts as done when its lease is over: a failure would have
    been recorded.
    """
    if row.status is not RowStatus.CALLED:
        return _STATUSES[row.status]
    return Status.RUNNING if (row.lease or 0) >= now.timestamp() else Status.SUCCEEDED


def build_arn(table_arn: str, key: str) -> str:
    """Return the ARN of a task: that of its table, and its key."""
    return f"{table_arn}/task/{key}"


def _build_members(row: KeyRow, arn: str, now: datetime) -> dict[str, Any]:
    return {
        "key": row.key,
        "status": derive_status(row, now),
        "arn": build_arn(arn, row.key),
        "started": _convert(row.scheduled),
        "due": _convert(row.due),
        "ended": None if row.ended is None else _convert(row.ended),
        "output": None if row.result is None else json.loads(row.result),
        "error": row.error,
        "cause": row.cause,
        "generation": row.moves + 1,
        "attempts": row.attempts,
    }


def _convert(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
