"""The events of a history: the state that each one names, and the event that each one follows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def find_state(event: Mapping[str, Any]) -> str:
    """Return the state that an event enters or exits; its type if the event has no details, as in tests."""
    for name in ("stateEnteredEventDetails", "stateExitedEventDetails"):
        if name in event:
            return str(event[name]["name"])
    return str(event["type"]).removesuffix("StateEntered").removesuffix("StateExited")


def list_links(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Yield events with their ids and those of the events before them: concurrent branches are separate.

    Without ids, as in tests, each event follows the one before.
    """
    last = 0
    for event in events:
        number, before = event.get("id", last + 1), event.get("previousEventId", last)
        yield number, before, event
        last = number
