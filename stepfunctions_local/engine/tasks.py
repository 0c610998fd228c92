"""What the engine asks of those who make the calls of Task states."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stepfunctions_local.language import Call, Failure


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came back with, as JSON text."""

    text: str


Outcome: TypeAlias = Result | Failure


class TaskRunner(Protocol):
    """Makes the calls of Task states."""

    async def run(self, call: Call) -> Outcome:
        """Make one call. A failure is an answer: nothing is raised for it."""
        ...
