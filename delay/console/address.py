"""The addresses of the console: its port, and what keeps a page at its state machine or table."""

from typing import Final
from urllib.parse import urlencode

PORT: Final = 8084
"""The port beside 8083 of Step Functions."""


def add_machine(path: str, machine: str | None) -> str:
    """Return the address of a page of a state machine, or of `table/NAME`; of the default one without."""
    return f"{path}?{urlencode({'machine': machine})}" if machine else path
