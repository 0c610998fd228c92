"""What a state decides: go on, wait, call, fork, try again, or fail.

A state is asked with a `Visit` and answers with one of these. It never acts: timers, calls and the history
belong to the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from stepfunctions_local.language.resource import Resource

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

NO_VARIABLES: Final[Mapping[str, Json]] = MappingProxyType({})


@dataclass(slots=True)
class Effort:
    """How long, in seconds of the processor, expressions took to be evaluated."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """A state that was entered and not yet exited, as that state sees it.

    `context` builds the context object (`$$`); it is called only when an expression asks for it.
    `now` is the moment of this question, in UTC. `retries` counts, for each retrier of the state in the
    order of its definition, how often it has been used during this visit. `random` is the only source of
    chance: jitter, States.MathRandom without a seed and States.UUID draw from it. `variables` are those that
    the state can read, with the values that they had when it was entered. `effort` is where it is noted what
    the answer costs.
    """

    input: Json
    context: Callable[[], Mapping[str, Json]]
    entered_event_id: int
    now: datetime
    retries: tuple[int, ...] = ()
    random: Random = field(default_factory=Random)
    variables: Mapping[str, Json] = field(default_factory=lambda: NO_VARIABLES)
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Proceed:
    """Exit the state with `output`, then enter `next`; without a next the branch ends.

    `assigned` are the variables that get a value on the way out; the others keep theirs.
    """

    output: Json
    next: str | None
    assigned: Mapping[str, Json] = field(default_factory=lambda: NO_VARIABLES)


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Stay in the state until `due` (UTC), then wake it."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """Call a resource with `parameters`; its result or failure comes back to the state.

    Without `timeout_seconds` the call may take as long as the execution.
    """

    resource: Resource
    parameters: Json
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """Begin a branch for each of `items`, at most `at_once` at a time, and join them when all have ended.

    The state says what each begins with when its turn has come, and gets the list of their outputs as its
    result.
    """

    items: Sequence[Json]
    at_once: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a branch: enter the state `first` with `input`."""

    first: str
    input: Json


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Enter the state's work again after `seconds`; `retries` is what the next visit counts from."""

    seconds: float
    retries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Fail the execution. Either part can be absent, as in a Fail state without fields.

    `alias` is a second name that Retry and Catch know the error by.
    """

    error: str | None = None
    cause: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class FailedEvaluation:
    """Write down that an expression of JSONata failed, then do what the state decided about that.

    `location` is the field that it stands in, such as `Output/total`.
    """

    failure: Failure
    location: str | None
    then: "Decision"


Decision: TypeAlias = Proceed | WaitUntil | Call | Fork | RetryAfter | Failure | FailedEvaluation
