"""A line of a state machine's log as text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from delay.cli.output.history_table import format_details
from delay.text.moment import format_exactly

_NAME_IN_ARN = 7


def format_log_line(line: Mapping[str, Any]) -> str:
    """Return the time (UTC), the execution's name, the event's type and its details."""
    moment = datetime.fromtimestamp(int(line["event_timestamp"]) / 1000, UTC)
    name = line["execution_arn"].split(":")[_NAME_IN_ARN]
    return f"{format_exactly(moment)}  {name}  {line['type']}  {format_details(line['details'])}".rstrip()
