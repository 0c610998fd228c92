"""The common part of all states, and the workflows that states make up and can contain."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import DataFlow
from stepfunctions_local.language.decision import (
    Begin,
    Call,
    Decision,
    Distribute,
    Failure,
    Fork,
    Json,
    Proceed,
    Visit,
)
from stepfunctions_local.language.error_handling import ErrorHandling
from stepfunctions_local.language.evaluation import (
    EvaluationFailed,
    build_data_limit_failure,
    name_limit,
)
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import MAX_DEPTH


@dataclass(frozen=True, slots=True)
class State(ABC):
    """A state. It returns a decision for any data; data never make it raise."""

    types: ClassVar[dict[str, type["State"]]] = {}
    """The types of state by `type_name`. A class without a `type_name` of its own is a base of others."""

    type_name: ClassVar[str]

    name: str

    def __init_subclass__(cls) -> None:
        """Register a type of state."""
        # A dataclass with slots is created twice: the second class, which stays, replaces the first here.
        if "type_name" in vars(cls):
            State.types[cls.type_name] = cls

    @classmethod
    @abstractmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields, except Type, Comment and QueryLanguage."""

    @property
    @abstractmethod
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""

    @abstractmethod
    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the states that can come next: the field, such as `Catch[0]/Next`, and the name."""

    def workflows(self) -> Iterator[tuple[str, "Workflow"]]:
        """Yield the workflows within the state: the field, such as `Branches[0]`, and the workflow."""
        return iter(())

    def flows(self) -> Iterator[tuple[str, DataFlow]]:
        """Yield the data flows of the state: the field of their Assign, and the flow."""
        return iter(())

    @abstractmethod
    def on_entry(self, visit: Visit) -> Decision:
        """Decide what to do first. Raises EvaluationFailed; `enter` handles it."""

    def enter(self, visit: Visit) -> Decision:
        """Decide what to do first, and again after a retry."""
        return self._decide(visit, lambda: self.on_entry(visit))

    def wake(self, visit: Visit) -> Decision:
        """Decide what to do now that the wait is over."""
        raise NotImplementedError(f"A {self.type_name} state does not wait.")

    def succeed(self, visit: Visit, result: Json) -> Decision:
        """Decide what to do with the result of the call or of the branches."""
        raise NotImplementedError(f"A {self.type_name} state does not call anything.")

    def fail(self, visit: Visit, failure: Failure) -> Decision:
        """Decide what to do about a failure of the call, of a branch or of the state's own data flow."""
        return failure

    def _decide(self, visit: Visit, decide: Callable[[], Decision]) -> Decision:
        """Return the decision, or the one that follows from a failed evaluation."""
        try:
            with limit_evaluation(visit):
                return self._require_bounded_data(decide(), visit)
        except EvaluationFailed as failed:
            return self._fail_evaluation(visit, failed)

    def _require_bounded_data(self, decision: Decision, visit: Visit) -> Decision:
        """Return the decision, or the one that follows if its data are too large to be written as JSON.

        Raises EvaluationFailed if they are nested too deeply.
        """
        data = [value for value in _list_data(decision) if value is not visit.input]
        if not any(exceeds_data_limit(value, visit) for value in data):
            return decision
        failure = build_data_limit_failure(self.name)
        return failure if isinstance(decision, Proceed) else self.fail(visit, failure)

    def _fail_evaluation(self, visit: Visit, failed: EvaluationFailed) -> Decision:
        failure = failed.to_failure(self.name, visit.entered_event_id)
        visit.budget.open_reserve()
        return failed.record(failure, self.fail(visit, failure))


@dataclass(frozen=True, slots=True)
class Workflow:
    """States by name, and the first of them: a whole definition, a branch, or the processor of a Map."""

    start_at: str
    states: Mapping[str, State]

    def all_states(self) -> Iterator[State]:
        """Yield all states, those within others included."""
        for state in self.states.values():
            yield state
            for _, inner in state.workflows():
                yield from inner.all_states()


@dataclass(frozen=True, slots=True)
class OnwardState(State):
    """A state that passes data on, to the next state or as the output of the workflow."""

    flow: DataFlow
    next: str | None

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return self.next is None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the states that can come next."""
        if self.next is not None:
            yield "Next", self.next

    def flows(self) -> Iterator[tuple[str, DataFlow]]:
        """Yield the data flows of the state."""
        yield "Assign", self.flow

    def proceed(self, visit: Visit, outcome: Json) -> Proceed:
        """Exit with the output made from an outcome. Raises EvaluationFailed."""
        return self.flow.proceed(visit, outcome, self.next)


@dataclass(frozen=True, slots=True)
class WorkingState(OnwardState):
    """A state whose work takes time and can fail: Retry and Catch handle its failures."""

    handling: ErrorHandling

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the states that can come next."""
        yield from OnwardState.targets(self)
        yield from self.handling.targets()

    def flows(self) -> Iterator[tuple[str, DataFlow]]:
        """Yield the data flows of the state."""
        yield from OnwardState.flows(self)
        yield from self.handling.flows()

    def succeed(self, visit: Visit, result: Json) -> Decision:
        """Exit with the output made from the result of the work."""
        return self._decide(visit, lambda: self.proceed(visit, result))

    def fail(self, visit: Visit, failure: Failure) -> Decision:
        """Retry, catch the failure, or fail with it."""
        try:
            with limit_evaluation(visit):
                return self._require_bounded_data(self.handling.handle(visit, failure), visit)
        except EvaluationFailed as failed:
            final = failed.to_failure(self.name, visit.entered_event_id)
            return failed.record(final, final)


@dataclass(frozen=True, slots=True)
class ForkingState(WorkingState):
    """A Parallel or a Map: its work is done by branches with states of their own.

    Each branch begins with one of the items that the state decides on at its entry.
    """

    @property
    def hands_items_on(self) -> bool:
        """Whether a branch begins with its item unchanged, so that `begin` need not be called."""
        return True

    @abstractmethod
    def first(self, index: int) -> str:
        """Return the name of the state that a branch begins in."""

    def on_begin(self, visit: Visit, index: int, item: Json) -> Json:
        """Return the input of a branch. Raises EvaluationFailed; `begin` handles it."""
        return item

    def begin(self, visit: Visit, index: int, item: Json) -> Begin | Decision:
        """Decide on the input of a branch that can begin, or on what follows if the evaluation fails."""
        try:
            with limit_evaluation(visit):
                value = self.on_begin(visit, index, item)
                if exceeds_data_limit(value, visit):
                    return self.fail(visit, build_data_limit_failure(self.name))
                return Begin(self.first(index), value)
        except EvaluationFailed as failed:
            return self._fail_evaluation(visit, failed)


@contextmanager
def limit_evaluation(visit: Visit) -> Iterator[None]:
    """Limit and measure the evaluation in the `with` block. Raises EvaluationFailed beyond a limit."""
    try:
        with name_limit("The evaluation of the state's fields"):
            yield
    finally:
        visit.effort.seconds += visit.budget.lap()


def exceeds_data_limit(value: Json, visit: Visit) -> bool:
    """Whether a value certainly exceeds the longest output of a state, without writing it as JSON.

    Raises EvaluationFailed if it is nested too deeply to be parsed again.
    """
    if visit.budget.exceeds_data_limit(value):
        return True
    _, nesting = visit.budget.weigh(value)
    if nesting > MAX_DEPTH:
        raise EvaluationFailed(f"The data are nested more than {MAX_DEPTH} levels deep.")
    return False


def _list_data(decision: Decision) -> Iterable[Json]:
    """Return the data that the decision adds to the execution."""
    match decision:
        case Proceed():
            return (decision.output, *decision.assigned.values())
        case Call():
            return (decision.parameters,)
        case Fork():
            return {id(item): item for item in decision.items}.values()
        case Distribute(items) if items:
            return ([item.value for item in items],)
    return ()


def parse_next(fields: Fields) -> str | None:
    """Parse Next and End, exactly one of which is required. Return None for End."""
    given = fields.choose_one("Next", "End", required=True)
    if given == "Next":
        return fields.read_text("Next")
    fields.read_flag("End")
    if fields.read("End") is False:
        fields.refuse("End must be true; a state that goes on has a Next instead.", "End")
    return None
