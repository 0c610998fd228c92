"""Checks the names of states: each is unique in the whole definition."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.diagnostic import Report

MAX_NAME_LENGTH: Final = 80


def check_names(document: dict[str, Json], repeated: frozenset[str], report: Report) -> frozenset[str]:
    """Report names that are too long or not unique, and return all names.

    `repeated` are the names of members that appear more than once in the same object of the document.
    """
    places = list(_find_places(document, ""))
    for name, _ in places:
        if not 1 <= len(name) <= MAX_NAME_LENGTH:
            shown = f"'{name[:MAX_NAME_LENGTH]}...' has {len(name)} characters"
            report.refuse(
                f"A state's name has 1 to {MAX_NAME_LENGTH} characters; {shown}", None, "INVALID_STATE_NAME"
            )
    counts = Counter(name for name, _ in places)
    for name, location in dict(places).items():
        if counts[name] > 1 or name in repeated:
            report.refuse(f"State '{name}' appears more than once", location, "DUPLICATE_STATE_NAME")
    return frozenset(counts)


def _find_places(workflow: Json, location: str) -> Iterator[tuple[str, str]]:
    """Yield the names of all states with their locations; malformed workflows are refused elsewhere."""
    states = workflow.get("States") if isinstance(workflow, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        place = f"{location}/States/{name}"
        yield name, place
        for inner, inner_place in _find_workflows(state):
            yield from _find_places(inner, f"{place}/{inner_place}")


def _find_workflows(state: Json) -> Iterator[tuple[Json, str]]:
    if not isinstance(state, dict):
        return
    for name in ("ItemProcessor", "Iterator"):
        yield state.get(name), name
    branches = state.get("Branches")
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        yield branch, f"Branches[{index}]"
