"""The history of a task, as far as its key row knows it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from task_table.key_row import KeyRow, RowStatus

_ENDS = {
    RowStatus.SUCCEEDED: "TaskSucceeded",
    RowStatus.FAILED: "TaskFailed",
    RowStatus.CANCELLED: "TaskCancelled",
}


def build_history(row: KeyRow) -> Sequence[Mapping[str, Any]]:
    """Return the events of a task, in the form of GetExecutionHistory.

    A row has the time of the last call alone, and no times of moves.
    """
    return [
        {"id": number, "previousEventId": number - 1, **event}
        for number, event in enumerate(_list_events(row), 1)
    ]


def _list_events(row: KeyRow) -> Iterator[dict[str, Any]]:
    yield _build("TaskScheduled", row.scheduled, taskScheduledEventDetails={"moves": row.moves})
    if row.called is not None:
        yield _build("TaskStarted", row.called, taskStartedEventDetails={"attempt": row.attempts})
    if row.ended is not None:
        details = {name: value for name in ("error", "cause", "result") if (value := getattr(row, name))}
        yield _build(_ENDS[row.status], row.ended, taskEndedEventDetails=details)


def _build(kind: str, seconds: int, **details: object) -> dict[str, Any]:
    return {"timestamp": datetime.fromtimestamp(seconds, UTC), "type": kind, **details}
