"""The function of the project that these tests skip time in."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return what was asked to be reminded of."""
    print(f"Reminding of {event['about']}")  # noqa: T201 - a function's log
    return {"reminded": event["about"]}
