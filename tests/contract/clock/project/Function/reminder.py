"""The function of the project in these tests."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the subject of the reminder."""
    print(f"Reminding of {event['about']}")  # noqa: T201 - a function's log
    return {"reminded": event["about"]}
