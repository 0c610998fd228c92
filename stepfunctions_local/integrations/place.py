"""The places of the optimized integrations' table: `Build.Id`, `Jobs[].Status`."""

from collections.abc import Mapping
from typing import Any

from stepfunctions_local.language import Json


def look_up(value: Json, place: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a place, or None. `[]` is the first item of a list."""
    for part in place.split(".") if place else ():
        member = part.removesuffix("[]")
        value = value.get(member) if isinstance(value, dict) else None
        if part != member:
            value = value[0] if isinstance(value, list) and value else None
    return value


def put(members: dict[str, Json], place: str, value: Json) -> None:
    """Put a value to its place: a member, or with `[]` a list of this one value."""
    member = place.removesuffix("[]")
    members[member] = value if place == member else [value]


def move(value: Mapping[str, Json], places: Mapping[str, str]) -> dict[str, Json]:
    """Return an object with each named member moved to its place in the model."""
    moved = {name: member for name, member in value.items() if name not in places}
    for name, place in places.items():
        if name in value:
            put(moved, place, value[name])
    return moved


def move_back(value: Mapping[str, Json], places: Mapping[str, str]) -> dict[str, Json]:
    """Return an object with each member of a model under its name in a state."""
    members = {place.removesuffix("[]") for place in places.values()}
    moved = {name: member for name, member in value.items() if name not in members}
    found = {name: look_up(dict(value), place) for name, place in places.items()}
    return moved | {name: member for name, member in found.items() if member is not None}
