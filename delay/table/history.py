"""The history of a task, as far as its key row knows it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delay.table.placing import to_moment
from task_table.key_row import KeyRow, RowStatus

_ENDS = {
    RowStatus.SUCCEEDED: "TaskSucceeded",
    RowStatus.FAILED: "TaskFailed",
    RowStatus.CANCELLED: "TaskCancelled",
}


def build_history(row: KeyRow) -> Sequence[Mapping[str, Any]]:
    """Return the events of a task, in the form of GetExecutionHistory.

    A row has the time of the last attempt alone, the error of the last failed one, and no times of moves.
    """
    return [
        {"id": number, "previousEventId": number - 1, **event}
        for number, event in enumerate(_list_events(row), 1)
    ]


def _list_events(row: KeyRow) -> Iterator[dict[str, Any]]:
    yield _build("TaskScheduled", row.scheduled, taskScheduledEventDetails={"moves": row.moves})
    if row.called is not None:
        failure = {} if row.ended else _describe(error=row.error, cause=row.cause)
        yield _build("TaskStarted", row.called, taskStartedEventDetails={"attempt": row.attempts, **failure})
    if row.ended is not None:
        details = _describe(error=row.error, cause=row.cause, output=row.result)
        yield _build(_ENDS[row.status], row.ended, taskEndedEventDetails=details)


def _build(kind: str, seconds: int, **details: object) -> dict[str, Any]:
    return {"timestamp": to_moment(seconds), "type": kind, **details}


def _describe(**details: str | None) -> dict[str, str]:
    return {name: value for name, value in details.items() if value is not None}
