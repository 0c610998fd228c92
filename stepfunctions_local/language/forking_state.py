"""What a Parallel and a Map have in common: their work is done by branches with states of their own."""

from abc import abstractmethod
from dataclasses import dataclass

from stepfunctions_local.language.decision import Begin, Decision, Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.state import WorkingState, refuse_depth


@dataclass(frozen=True, slots=True)
class ForkingState(WorkingState):
    """A state that forks. Each branch begins with one of the items that it answers at its entry."""

    @property
    def hands_items_on(self) -> bool:
        """Whether a branch begins with its item as it is, so that nobody needs to ask."""
        return True

    @abstractmethod
    def first(self, index: int) -> str:
        """Answer the state that a branch begins in."""

    def on_begin(self, visit: Visit, index: int, item: Json) -> Json:  # noqa: ARG002  a Map looks at them
        """Answer like `begin`, but raise EvaluationFailed."""
        return item

    def begin(self, visit: Visit, index: int, item: Json) -> Begin | Decision:
        """Decide what a branch begins with, now that it can begin; or what follows where that fails."""
        try:
            value = self.on_begin(visit, index, item)
            refuse_depth(value, visit)
            return Begin(self.first(index), value)
        except EvaluationFailed as failed:
            failure = failed.failure(self.name, visit.entered_event_id)
            return failed.followed_by(failure, self.fail(visit, failure))
