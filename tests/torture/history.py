"""Whether a delayed task's history is what it should be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ONCE = ("ExecutionStarted", "WaitStateEntered")
ONCE_WHERE_CALLED = (*ONCE, "WaitStateExited", "TaskStateEntered", "TaskStateExited", "ExecutionSucceeded")


@dataclass(frozen=True, slots=True)
class Task:
    """A task that was asked for: its name, its delay, and whether it was stopped instead."""

    name: str
    delay_seconds: int
    stopped: bool = False


def faults(task: Task, events: Sequence[dict[str, Any]], *, retried: bool = False) -> Iterator[str]:
    """Yield what is wrong with a history, which is that of a task that must have ended.

    `retried` allows for more than one attempt of the call.
    """
    types = Counter(event["type"] for event in events)
    if [event["id"] for event in events] != list(range(1, len(events) + 1)):
        yield f"{task.name}: events are numbered {[event['id'] for event in events]}"
    once = ONCE if task.stopped else ONCE_WHERE_CALLED if retried else (*ONCE_WHERE_CALLED, "TaskScheduled")
    yield from (f"{task.name}: {types[name]} times {name}" for name in once if types[name] != 1)
    last = "ExecutionAborted" if task.stopped else "ExecutionSucceeded"
    if not events or events[-1]["type"] != last:
        yield f"{task.name}: ends with {events[-1]['type'] if events else 'nothing'}"
    elif (late := lateness_seconds(task, events)) is not None and late < 0:
        yield f"{task.name}: {-late:.3f} s early"


def lateness_seconds(task: Task, events: Sequence[dict[str, Any]]) -> float | None:
    """Return how long after its due time the wait ended; nothing where it did not end."""
    moments = {event["type"]: event["timestamp"] for event in events}
    if "WaitStateExited" not in moments:
        return None
    late: float = moments["WaitStateExited"] - moments["ExecutionStarted"] - task.delay_seconds
    # Timestamps are floating point numbers of milliseconds.
    return round(late, 3)
