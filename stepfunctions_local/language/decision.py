"""The exchange with a state: a `Visit` goes in, a `Decision` comes out.

A state decides to proceed, wait, call, fork, retry or fail. It never acts: timers, calls and the history
belong to the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from stepfunctions_local.language.budget import Budget
from stepfunctions_local.language.resource import Resource

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

NO_VARIABLES: Final[Mapping[str, Json]] = MappingProxyType({})


@dataclass(slots=True)
class Effort:
    """The processor time that evaluating expressions took, in seconds."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """A state that was entered and not yet exited, as that state sees it.

    `context` builds the context object (`$$`); it is called only if an expression reads it.
    `now` is the current time, in UTC.
    `retries` counts the uses of each retrier during this visit, in the order of the definition.
    `random` is the only source of chance: jitter, States.MathRandom without a seed and States.UUID use it.
    `variables` are those that the state can read, with the values that they had when it was entered.
    `effort` collects the cost of the decision, and `budget` limits it.
    `converted` has the values that expressions in JSONata have read, as values of their library.
    """

    input: Json
    context: Callable[[], Mapping[str, Json]]
    entered_event_id: int
    now: datetime
    retries: tuple[int, ...] = ()
    random: Random = field(default_factory=Random)
    variables: Mapping[str, Json] = field(default_factory=lambda: NO_VARIABLES)
    effort: Effort = field(default_factory=Effort)
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)
    converted: dict[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Proceed:
    """Exit the state with `output`, then enter `next`; without `next` the branch ends.

    `assigned` are the variables that get a value at the exit; the others keep theirs.
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
    """Call a resource with `parameters`; its result or failure is passed to the state.

    Without `timeout_seconds` the call may take as long as the execution.
    """

    resource: Resource
    parameters: Json
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """Begin a branch for each of `items`, at most `at_once` at a time, and join them when all have ended.

    The state decides on the input of a branch when the branch can begin. Its result is the list of their
    outputs.
    """

    items: Sequence[Json]
    at_once: int


STATE_DATA: Final = "STATE_DATA"
"""The source of items that are in a state's data."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a Map Run: its value, its key if the dataset is an object, and where it comes from."""

    value: Json
    key: str | None = None
    source: str = STATE_DATA


@dataclass(frozen=True, slots=True)
class Distribute:
    """Begin a Map Run: the branches of this Map are executions.

    `items` are in the state's data. Without them, the plan has a reader, which finds them elsewhere.
    The state plans the run once the start of the Map is on record.
    """

    items: Sequence[Item] | None


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a branch: enter the state `first` with `input`."""

    first: str
    input: Json


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Enter the state again after `seconds`; the next visit starts with these counts of `retries`."""

    seconds: float
    retries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Fail the execution. Either part can be absent, as in a Fail state without fields.

    `alias` is a second name of the error that Retry and Catch match.
    """

    error: str | None = None
    cause: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class FailedEvaluation:
    """Record the failure of a JSONata expression, then carry out the state's decision about it.

    `location` is the field that contains the expression, such as `Output/total`.
    """

    failure: Failure
    location: str | None
    then: "Decision"


Decision: TypeAlias = Proceed | WaitUntil | Call | Fork | Distribute | RetryAfter | Failure | FailedEvaluation
