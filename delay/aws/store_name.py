"""The names of the stores that a stack may have."""

from typing import Literal, TypeAlias

StoreName: TypeAlias = Literal["executions", "table"]
"""The places where the tasks of a stack can wait."""
