"""The way that an execution took, read from its history."""

from datetime import UTC, datetime
from typing import Any

from delay.console.way import Way, read_way
from delay.task import Status

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def event(kind: str, name: str = "", **ids: int) -> dict[str, Any]:
    """Return an event. `name` is that of the state which it enters or exits."""
    member = "stateExitedEventDetails" if kind.endswith("Exited") else "stateEnteredEventDetails"
    return {"type": kind, "timestamp": NOW, **({member: {"name": name}} if name else {}), **ids}


def number(*events: tuple[int, int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events with their ids and those of the events before them."""
    return [each | {"id": own, "previousEventId": before} for own, before, each in events]


def test_running_execution_is_in_the_state_that_it_entered_last() -> None:
    """The one before was passed."""
    events = [event("PassStateEntered", "A"), event("PassStateExited", "A"), event("WaitStateEntered", "B")]
    way = read_way(events, Status.WAITING)
    assert way == Way(("A", "B"), (("__start", "A"), ("A", "B")), frozenset({"B"}))
    assert [way.find_state(name) for name in ("A", "B", "C")] == ["taken", "current", ""]


def test_succeeded_execution_reaches_the_end() -> None:
    """It is in no state."""
    events = [event("PassStateEntered", "A"), event("PassStateExited", "A"), event("ExecutionSucceeded")]
    assert read_way(events, Status.SUCCEEDED) == Way(("A",), (("__start", "A"), ("A", "__end")))


def test_failed_execution_does_not_reach_the_end() -> None:
    """It failed in its last state."""
    events = [event("TaskStateEntered", "A"), event("TaskFailed"), event("ExecutionFailed")]
    way = read_way(events, Status.FAILED)
    assert way.transitions == (("__start", "A"),)
    assert way.find_state("A") == "failed"


def test_cancelled_execution_has_not_passed_its_last_state() -> None:
    """It was in it at its end."""
    events = [event("WaitStateEntered", "WaitUntilDue"), event("ExecutionAborted")]
    assert read_way(events, Status.CANCELLED).find_state("WaitUntilDue") == "unfinished"


def test_concurrent_branches_are_told_apart() -> None:
    """Though their events alternate. The branch that failed is not the one that went on last."""
    events = number(
        (1, 0, event("ExecutionStarted")),
        (2, 0, event("ParallelStateEntered", "Both")),
        (3, 2, event("ParallelStateStarted")),
        (4, 3, event("PassStateEntered", "Left")),
        (5, 3, event("PassStateEntered", "Right")),
        (6, 4, event("PassStateExited", "Left")),
        (7, 5, event("PassStateExited", "Right")),
        (8, 6, event("TaskStateEntered", "Call")),
        (9, 7, event("WaitStateEntered", "Pause")),
        (10, 8, event("TaskFailed")),
        (11, 10, event("ExecutionFailed")),
    )
    way = read_way(events, Status.FAILED)
    assert way.transitions == (("__start", "Both"), ("Left", "Call"), ("Right", "Pause"))
    states = {name: way.find_state(name) for name in way.entered}
    assert states == {
        "Both": "unfinished",
        "Left": "taken",
        "Right": "taken",
        "Call": "failed",
        "Pause": "unfinished",
    }


def test_item_of_a_map_is_current_while_another_has_left() -> None:
    """A state is as often current as it was entered and not left."""
    events = number(
        (1, 0, event("MapStateEntered", "Each")),
        (2, 1, event("PassStateEntered", "One")),
        (3, 1, event("PassStateEntered", "One")),
        (4, 2, event("PassStateExited", "One")),
    )
    assert read_way(events, Status.RUNNING).current == {"Each", "One"}
