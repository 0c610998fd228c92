"""Whether a delayed task's history is what it should be."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.torture.machines import Task

FOR_EACH_CALL = ("WaitStateEntered", "WaitStateExited", "TaskStateEntered", "TaskStateExited")


def faults(task: Task, events: Sequence[dict[str, Any]], *, retried: bool = False) -> Iterator[str]:
    """Yield what is wrong with a history, which is that of a task that must have ended.

    `retried` allows for more than one attempt of the call.
    """
    are_numbered = [event["id"] for event in events] == list(range(1, len(events) + 1))
    if not are_numbered:
        yield f"{task.name}: events are numbered {[event['id'] for event in events]}"
    yield from _counts(task, Counter(event["type"] for event in events), retried=retried)
    last = "ExecutionAborted" if task.stopped else "ExecutionSucceeded"
    if not events or events[-1]["type"] != last:
        yield f"{task.name}: ends with {events[-1]['type'] if events else 'nothing'}"
    late_seconds = lateness_seconds(events) if are_numbered else []
    yield from (f"{task.name}: {-late:.3f} s early" for late in late_seconds if late < 0)


def _counts(task: Task, types: Counter[str], *, retried: bool) -> Iterator[str]:
    wanted = {"ExecutionStarted": 1}
    if not task.stopped:
        wanted |= {"ExecutionSucceeded": 1} | dict.fromkeys(FOR_EACH_CALL, len(task.calls))
    elif not task.branches:  # of those with branches some had not begun
        wanted["WaitStateEntered"] = 1
    if not task.stopped and not retried:
        wanted["TaskScheduled"] = len(task.calls)
    yield from (f"{task.name}: {types[name]} times {name}" for name, n in wanted.items() if types[name] != n)


def lateness_seconds(events: Sequence[dict[str, Any]]) -> list[float]:
    """Return how long after its due time each wait ended that did end."""
    return [
        _lateness(events[event["previousEventId"] - 1], event)
        for event in events
        if event["type"] == "WaitStateExited"
    ]


def _lateness(entered: dict[str, Any], exited: dict[str, Any]) -> float:
    data = json.loads(entered["stateEnteredEventDetails"]["input"])
    late: float = exited["timestamp"] - entered["timestamp"] - data.get("alone", data)["expirydate"]
    # Timestamps are floating point numbers of milliseconds.
    return round(late, 3)
