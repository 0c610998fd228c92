"""The calls of Task states, and the interface of the part that makes them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stepfunctions_local.language import Activity, Call, Failure, Item, Json, LambdaFunction
from stepfunctions_local.language.map_run import Dataset
from stepfunctions_local.language.resource import Pattern, parse_lambda_arn

HasRoom: TypeAlias = Callable[[str, Sequence[str]], bool]
"""Whether a call of a target can go out at once. The second argument has the targets of calls before it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The execution that makes a call.

    `attempt` identifies the call within the execution. A call that is repeated because its outcome was lost
    has the same one.
    """

    execution_arn: str
    state_machine_arn: str
    attempt: str


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call to make, and its caller. Once it is `started`, the history says so."""

    call: Call
    caller: Caller
    started: bool = True

    @property
    def target(self) -> str:
        """The function or service that is called: calls of another one do not wait for these."""
        return name_target(self.call)


def name_target(call: Call) -> str:
    """Return the function or service that a call goes to. All versions of a function are one."""
    if isinstance(call.resource, Activity):
        raise TypeError("An activity is not called.")
    if isinstance(call.resource, LambdaFunction):
        return f"lambda:{call.resource.name}"
    parameters = call.parameters
    if call.resource.service != "lambda" or not isinstance(parameters, dict):
        return call.resource.service
    named = str(parameters.get("FunctionName"))
    arn = parse_lambda_arn(named)
    return f"lambda:{arn.name if arn else named.rpartition('function:')[2].partition(':')[0]}"


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of a call, as JSON text. `job` names the job that the call started, if any."""

    text: str
    job: str | None = None


CallOutcome: TypeAlias = CallResult | Failure


class StorageFailed(Exception):
    """A dataset cannot be read, or results cannot be written. The message is the cause of a failure."""


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Some items of a dataset, in its order. `position`: where reading goes on after them, as JSON."""

    items: Sequence[Item]
    position: Json


class TaskRunner(Protocol):
    """Makes the calls of Task states. A subclass without jobs need not override the methods for them."""

    def runs_here(self, job: str) -> bool:  # noqa: ARG002 - there are no others
        """Whether a job is an execution of this engine, which notices its end without polling."""
        return True

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Make one call. A failure is returned, not raised."""
        ...

    async def poll(self, job: str, pattern: Pattern) -> CallOutcome | None:  # noqa: ARG002 - there are no jobs
        """Return the outcome of a job; None while it runs, or if it cannot be polled."""
        return None

    async def stop(self, job: str) -> None:
        """Stop a job that no branch waits for any more, if it can be stopped."""
        del job  # there are none

    def read_items(self, dataset: Dataset, position: Json) -> AsyncIterator[ReadItems]:
        """Yield the items of a dataset after a position; None is its beginning. Raises StorageFailed."""
        raise StorageFailed(f"Nothing reads {dataset.arguments} here, at {position}.")

    async def write_object(self, bucket: str, key: str, parts: AsyncIterator[bytes]) -> int:  # noqa: ARG002 - there is no storage
        """Write an object, and return its size in bytes. Raises StorageFailed."""
        raise StorageFailed(f"Nothing writes to {bucket} here.")
