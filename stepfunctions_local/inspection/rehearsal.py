"""A tested state, with a context object, a time and repeatable randomness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Final, Literal

from stepfunctions_local.engine.execution.call import Caller
from stepfunctions_local.engine.execution.context_object import build_item_context
from stepfunctions_local.engine.execution.document import MAX_BYTES, byte_length
from stepfunctions_local.inspection.context import Surrounding, make_up_context
from stepfunctions_local.inspection.error_details import WatchedHandling, watch
from stepfunctions_local.inspection.mock import ABSENT, Absent
from stepfunctions_local.inspection.request import StateTest
from stepfunctions_local.inspection.requirements import require_testable
from stepfunctions_local.inspection.tested_state import TestedState, find_tested_state
from stepfunctions_local.language import Item, Json, State, Visit, dump_json
from stepfunctions_local.language.state import WorkingState

ENTERED_EVENT_ID: Final = 2
"""The event of the state's entry, which follows ExecutionStarted: causes have its number."""


@dataclass(slots=True)
class Trace:
    """The data that a state has worked with so far.

    `arguments`: of its call.
    `pointed`: what the ItemsPointer of an ItemReader names.
    `items`: of a Map.
    `inputs`: of the branches of a Map.
    `batches`: the inputs as an ItemBatcher cuts them.
    `result`: of its call or branches.
    `assigned`: its variables.
    """

    arguments: Json | Literal[Absent.ABSENT] = ABSENT
    pointed: Json | Literal[Absent.ABSENT] = ABSENT
    items: Sequence[Json] | None = None
    inputs: list[Json] | None = None
    batches: list[Json] | None = None
    result: Json | Literal[Absent.ABSENT] = ABSENT
    assigned: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Inputs:
    """The inputs of a Map's branches as long as they can be shown together; None beyond that."""

    values: list[Json] | None = field(default_factory=list)
    _bytes: int = 0

    def add(self, value: Json) -> None:
        """Add the next input."""
        if self.values is None:
            return
        self._bytes += byte_length(dump_json(value)) + 1
        self.values.append(value)
        if self._bytes > MAX_BYTES:
            self.values = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A tested state, ready to run. Its random values depend on `seed` and on the phase alone."""

    test: StateTest
    tested: TestedState
    state: State
    handling: WatchedHandling | None
    context: Mapping[str, Json]
    now: datetime
    seed: int
    trace: Trace = field(default_factory=Trace)

    def visit(self, phase: str = "entry", item: tuple[int, Json] | None = None) -> Visit:
        """Return a visit of the state: at its entry, with its outcome, or with an item of a Map."""
        context = (
            self.context if item is None else {**self.context, **build_item_context(item[0], Item(item[1]))}
        )
        attempts = self.test.configuration.retries or 0
        return Visit(
            input=self.test.input,
            context=lambda: context,
            entered_event_id=ENTERED_EVENT_ID,
            now=self.now,
            retries=(attempts,) * (len(self.handling.retriers) if self.handling else 0),
            random=Random(f"{self.seed}/{phase}"),  # noqa: S311 - jitter and UUIDs, not secrets
            variables=self.test.variables,
        )

    @property
    def caller(self) -> Caller:
        """The made-up execution, as the service that the state calls sees it."""
        return Caller(_read_id(self.context["Execution"]), _read_id(self.context["StateMachine"]), "1")


def _read_id(part: Json) -> str:
    return str(part.get("Id", "")) if isinstance(part, dict) else ""


def prepare(test: StateTest, surrounding: Surrounding) -> Rehearsal:
    """Return the rehearsal of a test.

    Raises:
        InvalidDefinition: the definition is refused, or its state cannot be tested without a mock.
        ValidationException: the request does not fit the state.

    """
    tested = find_tested_state(test)
    require_testable(test, tested)
    state, handling = _watch(tested.state)
    return Rehearsal(
        test,
        tested,
        state,
        handling,
        _build_context(test, tested, surrounding),
        surrounding.now,
        surrounding.random.getrandbits(64),
    )


def _watch(state: State) -> tuple[State, WatchedHandling | None]:
    if not isinstance(state, WorkingState):
        return state, None
    handling = watch(state.handling)
    return replace(state, handling=handling), handling


def _build_context(test: StateTest, tested: TestedState, surrounding: Surrounding) -> dict[str, Json]:
    """Return the context object. Parts that the request does not have are made up."""
    context = make_up_context(surrounding, test.input, test.role_arn)
    if isinstance(tested.state, WorkingState) and isinstance(state := context["State"], dict):
        state["RetryCount"] = test.configuration.retries or 0
    if tested.resource.endswith(".waitForTaskToken"):
        context["Task"] = {"Token": f"{surrounding.random.getrandbits(256):064x}"}
    return {**context, **(test.context or {})}
