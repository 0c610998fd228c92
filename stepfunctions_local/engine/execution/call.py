"""What the engine asks of those who make the calls of Task states."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stepfunctions_local.language import Call, Failure
from stepfunctions_local.language.resource import Pattern


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
class CallResult:
    """What a call came back with, as JSON text. `job` names what it has started, if anything."""

    text: str
    job: str | None = None


CallOutcome: TypeAlias = CallResult | Failure


class TaskRunner(Protocol):
    """Makes the calls of Task states. Whoever inherits from it needs to know nothing about jobs."""

    @property
    def jobs_run_here(self) -> bool:
        """Whether jobs are executions of this very engine, which knows when they end."""
        return True

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Make one call. A failure is an answer: nothing is raised for it."""
        ...

    async def poll(self, job: str, pattern: Pattern) -> CallOutcome | None:  # noqa: ARG002 - there are no jobs
        """Ask what became of a job; nothing while it runs, or nobody can be asked."""
        return None

    async def stop(self, job: str) -> None:
        """End a job that nobody waits for any more, if that can be done."""
        del job  # there are none
