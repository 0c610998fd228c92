"""Checks the history of a delayed task."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.torture.machines import Task

FOR_EACH_CALL = ("WaitStateEntered", "WaitStateExited", "TaskStateEntered", "TaskStateExited")


def find_faults(task: Task, events: Sequence[dict[str, Any]], *, retried: bool = False) -> Iterator[str]:
    """Yield the faults of a history, given that its task must have ended.

    `retried` allows for more than one attempt of the call.
    """
    are_numbered = [event["id"] for event in events] == list(range(1, len(events) + 1))
    if not are_numbered:
        yield f"{task.name}: events are numbered {[event['id'] for event in events]}"
    yield from _find_wrong_counts(task, Counter(event["type"] for event in events), retried=retried)
    last = "ExecutionAborted" if task.stopped else "ExecutionSucceeded"
    if not events or events[-1]["type"] != last:
        yield f"{task.name}: ends with {events[-1]['type'] if events else 'nothing'}"
    late_seconds = compute_latenesses(events) if are_numbered else []
    yield from (f"{task.name}: {-late:.3f} s early" for late in late_seconds if late < 0)


def _find_wrong_counts(task: Task, types: Counter[str], *, retried: bool) -> Iterator[str]:
    expected = {"ExecutionStarted": 1}
    if not task.stopped:
        expected |= {"ExecutionSucceeded": 1} | dict.fromkeys(FOR_EACH_CALL, len(task.calls))
    elif not task.branches:  # with branches, some may not have begun
        expected["WaitStateEntered"] = 1
    if not task.stopped and not retried:
        expected["TaskScheduled"] = len(task.calls)
    yield from (
        f"{task.name}: {types[name]} times {name}" for name, n in expected.items() if types[name] != n
    )


def compute_latenesses(events: Sequence[dict[str, Any]]) -> list[float]:
    """Return the lateness of every ended wait, in seconds."""
    return [
        _compute_lateness(events[event["previousEventId"] - 1], event)
        for event in events
        if event["type"] == "WaitStateExited"
    ]


def _compute_lateness(entered: dict[str, Any], exited: dict[str, Any]) -> float:
    data = json.loads(entered["stateEnteredEventDetails"]["input"])
    late: float = exited["timestamp"] - entered["timestamp"] - data.get("alone", data)["expirydate"]
    # Timestamps are floating-point seconds with millisecond precision.
    return round(late, 3)
