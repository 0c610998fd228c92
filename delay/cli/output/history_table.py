"""An execution's history as a table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from delay.cli.output.table import add_whole, new_table, one_line
from delay.text.cause import summarize_cause
from delay.text.plain import plain

_LONGEST_DETAIL = 1000
"""More characters than a terminal has columns. The rest need not be measured."""

_SHOWN_DETAILS = ("name", "error", "cause", "output", "parameters", "input")


def history_table(events: Sequence[Mapping[str, Any]]) -> Table:
    """Build a table of history events, as GetExecutionHistory returns them.

    A row has the number of an event, the seconds since the first event, its type, and as much of its details
    as the terminal has room for.
    """
    table = new_table()
    add_whole(table, "#", "after", is_number=True)
    add_whole(table, "event")
    table.add_column("details")
    for event in events:
        after = (event["timestamp"] - events[0]["timestamp"]).total_seconds()
        table.add_row(str(event["id"]), f"{after:.3f} s", event["type"], one_line(_format_event(event)))
    return table


def _format_event(event: Mapping[str, Any]) -> str:
    details = (value for key, value in event.items() if key.endswith("EventDetails"))
    return format_details(next(details, {}))


def format_details(details: Mapping[str, Any]) -> str:
    """Return the name of the state, then its error, its output or its input, on one line."""
    texts = [_format_text(key, details[key]) for key in _SHOWN_DETAILS if details.get(key)]
    return plain("  ".join(texts)[:_LONGEST_DETAIL])


def _format_text(name: str, text: str) -> str:
    """Return JSON in one line, the message of an error, and any other text as it is."""
    if name == "cause":
        return summarize_cause(text)
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text
