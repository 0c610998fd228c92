"""Tasks from the rows of a table."""

import json
from datetime import datetime
from typing import Any

from delay.errors import Refused
from delay.table.placing import to_moment
from delay.task import ScheduledTask, Status, Task
from task_table.key_row import KeyRow, RowStatus

_STATUSES = {
    RowStatus.WAITING: Status.WAITING,
    RowStatus.RUNNING: Status.RUNNING,
    RowStatus.SUCCEEDED: Status.SUCCEEDED,
    RowStatus.FAILED: Status.FAILED,
    RowStatus.CANCELLED: Status.CANCELLED,
}

CANCELLED = "Delay.Cancelled"
"""The error of a cancelled task, as among executions."""


def build_task(row: KeyRow, payload: str, arn: str, now: datetime) -> ScheduledTask:
    """Return a task from its key row and the payload in its slot row."""
    return ScheduledTask(**_build_members(row, arn, now), payload=_parse(row, payload))


def build_listed_task(row: KeyRow, payload: str | None, arn: str, now: datetime) -> Task:
    """Return a task whose payload was not read, or is gone; otherwise a ScheduledTask."""
    if payload is not None:
        return build_task(row, payload, arn, now)
    return Task(**_build_members(row, arn, now))


def derive_status(row: KeyRow, now: datetime) -> Status:
    """Return the status of a task.

    In a table that records no ends, a called task counts as done when its lease is over: a failure would have
    been recorded.
    """
    if row.status is not RowStatus.CALLED:
        return _STATUSES[row.status]
    return Status.RUNNING if (row.lease or 0) >= now.timestamp() else Status.SUCCEEDED


def build_arn(table_arn: str, key: str) -> str:
    """Return the ARN of a task: that of its table, and its key. AWS itself has no name for a row."""
    return f"{table_arn}/task/{key}"


def _build_members(row: KeyRow, arn: str, now: datetime) -> dict[str, Any]:
    return {
        "key": row.key,
        "status": derive_status(row, now),
        "arn": build_arn(arn, row.key),
        "started": to_moment(row.scheduled),
        "due": to_moment(row.due),
        "ended": None if row.ended is None else to_moment(row.ended),
        "output": None if row.result is None else _parse(row, row.result),
        "error": CANCELLED if row.status is RowStatus.CANCELLED else row.error,
        "cause": row.cause,
        "generation": row.moves + 1,
        "attempts": row.attempts,
    }


def _parse(row: KeyRow, text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused(f"The row of the task {row.key!r} was changed by hand: it holds no JSON.") from error
