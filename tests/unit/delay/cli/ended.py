"""A command that has ended, for the tests that run commands in their own process."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]
