"""What every state has: a name, where it can lead, and answers to what happens during a visit."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.decision import Call, Decision, Failure, Json, Proceed, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import MAX_DEPTH, is_too_deep


@dataclass(frozen=True, slots=True)
class State(ABC):
    """A state. It answers with a decision whatever the data are; it never raises because of them."""

    type_name: ClassVar[str]

    name: str

    @classmethod
    @abstractmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields, except Type, Comment and QueryLanguage."""

    @property
    @abstractmethod
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""

    @abstractmethod
    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer where the state can lead: the place that says so, such as `Catch[0]/Next`, and a name."""

    @abstractmethod
    def on_entry(self, visit: Visit) -> Decision:
        """Answer like `enter`, but raise EvaluationFailed."""

    def enter(self, visit: Visit) -> Decision:
        """Decide what to do first, or again after a retry."""
        try:
            return checked(self.on_entry(visit), visit)
        except EvaluationFailed as failed:
            return self.fail(visit, failed.failure(self.name, visit.entered_event_id))

    def wake(self, visit: Visit) -> Decision:
        """Decide what to do now that the wait is over."""
        raise NotImplementedError(f"A {self.type_name} state does not wait.")

    def succeed(self, visit: Visit, result: Json) -> Decision:
        """Decide what to do with the result of the call."""
        raise NotImplementedError(f"A {self.type_name} state does not call anything.")

    def fail(self, visit: Visit, failure: Failure) -> Decision:  # noqa: ARG002  what handles failures looks there
        """Decide what to do about a failure of the call or of the state's own data flow."""
        return failure


def checked(decision: Decision, visit: Visit) -> Decision:
    """Refuse data that could not be read again. Raises EvaluationFailed."""
    made = visit.input
    if isinstance(decision, Proceed):
        made = decision.output
    elif isinstance(decision, Call):
        made = decision.parameters
    if made is not visit.input and is_too_deep(made):
        raise EvaluationFailed(f"The data are nested more than {MAX_DEPTH} levels deep.")
    return decision


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a state leads: to the state `next`, or to the end of the execution."""

    next: str | None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer the target as `State.targets` does."""
        if self.next is not None:
            yield "Next", self.next


def parse_transition(fields: Fields) -> Transition:
    """Read Next and End, just one of which must be there."""
    given = fields.only_one("Next", "End", required=True)
    if given == "Next":
        return Transition(fields.text("Next"))
    fields.flag("End")
    if fields.value("End") is False:
        fields.refuse("End must be true; a state that goes on has a Next instead.", "End")
    return Transition(None)
