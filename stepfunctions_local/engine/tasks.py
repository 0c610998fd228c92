"""What the engine asks of those who make the calls of Task states."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stepfunctions_local.language import Call, Failure


@dataclass(frozen=True, slots=True)
class Caller:
    """The execution that makes a call.

    `attempt` tells the call from the others of the execution; it is the same when the call is made again
    because nobody knows what became of it.
    """

    execution_arn: str
    state_machine_arn: str
    attempt: str


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that is to be made, and whose it is."""

    call: Call
    caller: Caller


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came back with, as JSON text."""

    text: str


Outcome: TypeAlias = Result | Failure


class TaskRunner(Protocol):
    """Makes the calls of Task states."""

    async def run(self, call: Call, caller: Caller) -> Outcome:
        """Make one call. A failure is an answer: nothing is raised for it."""
        ...
