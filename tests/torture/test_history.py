"""The judge of the torture finds each fault of a history."""

from collections.abc import Callable

import pytest

from tests.torture.history import find_faults
from tests.torture.machines import Task


def event(number: int, kind: str, at: float = 0.0) -> dict[str, object]:
    return {
        "id": number,
        "previousEventId": number - 1,
        "type": kind,
        "timestamp": at,
        "stateEnteredEventDetails": {"input": '{"expirydate": 2}'},
    }


RIGHT = [
    event(number, kind, at)
    for number, (kind, at) in enumerate(
        [
            ("ExecutionStarted", 0.0),
            ("WaitStateEntered", 0.0),
            ("WaitStateExited", 2.0),
            ("TaskStateEntered", 2.0),
            ("TaskScheduled", 2.0),
            ("TaskStateExited", 2.0),
            ("ExecutionSucceeded", 2.0),
        ],
        1,
    )
]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda events: events, None),
        (lambda events: events[:-1], "0 times ExecutionSucceeded"),
        (lambda events: [*events[:3], event(4, "WaitStateExited"), *events[3:]], "2 times WaitStateExited"),
        (lambda events: [*events[:2], events[2] | {"timestamp": 1.999}, *events[3:]], "0.001 s early"),
        (lambda events: events[:4] + events[5:], "events are numbered [1, 2, 3, 4, 6, 7]"),
    ],
)
def test_history_check_finds_each_fault(
    change: Callable[[list[dict[str, object]]], list[dict[str, object]]], expected: str | None
) -> None:
    """A correct history has no faults."""
    found = list(find_faults(Task("t", 2), change(RIGHT)))
    assert any(expected in fault for fault in found) if expected else not found
