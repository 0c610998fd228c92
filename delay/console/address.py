"""The port of the console."""

from typing import Final

PORT: Final = 8084
"""The port beside 8083 of Step Functions."""
