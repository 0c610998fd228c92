"""An execution's history as a table to look at."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

_LONGEST_DETAIL = 76


def history_table(events: Sequence[Mapping[str, Any]]) -> Table:
    """Draw history events, as GetExecutionHistory gives them: one row each, with the time since the first."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("after", justify="right")
    table.add_column("event")
    table.add_column("details", overflow="ellipsis", no_wrap=True)
    for event in events:
        after = (event["timestamp"] - events[0]["timestamp"]).total_seconds()
        table.add_row(str(event["id"]), f"{after:.3f} s", event["type"], _details(event))
    return table


def _details(event: Mapping[str, Any]) -> str:
    """Tell what is worth seeing of an event: the state, then what went in or came out."""
    details: Mapping[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    texts = [details.get(key) for key in ("name", "error", "cause", "output", "parameters", "input")]
    text = "  ".join(_plain(text) for text in texts if text)
    return text if len(text) <= _LONGEST_DETAIL else f"{text[: _LONGEST_DETAIL - 1]}…"


def _plain(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text
