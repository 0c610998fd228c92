"""The error that a failed evaluation raises, and the failure that it becomes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.language.budget import CutOff
from stepfunctions_local.language.decision import Decision, FailedEvaluation, Failure
from stepfunctions_local.language.json_text import replace_lone_surrogates

RUNTIME: Final = "States.Runtime"
QUERY_EVALUATION: Final = "States.QueryEvaluationError"
"""The error of a failed evaluation in JSONata."""

DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"

MAX_CAUSE_LENGTH: Final = 32_768
"""The longest cause of a failure, in characters. Source: ExecutionFailedEventDetails in the API Reference."""


class EvaluationFailed(StepFunctionsLocalError):
    """A path, a function or a field cannot be applied to the data at hand.

    `error` is the name that Retry and Catch match.
    The cause names the state and its event unless `names_state` is false.
    `location` is the field with the JSONata expression that failed.
    """

    def __init__(
        self, reason: str, *, error: str = RUNTIME, names_state: bool = True, location: str | None = None
    ) -> None:
        super().__init__(reason)
        self._reason = reason
        self._error = error
        self._names_state = names_state
        self._location = location

    def record(self, failure: Failure, then: Decision) -> Decision:
        """Return the decision `then`, preceded by a record of the failure if AWS writes one."""
        return FailedEvaluation(failure, self._location, then) if self._error == QUERY_EVALUATION else then

    def to_failure(self, state_name: str, entered_event_id: int) -> Failure:
        """Return the failure in AWS's words."""
        prefix = f"An error occurred while executing the state '{state_name}' "
        prefix += f"(entered at the event id #{entered_event_id}). "
        return build_failure(self._error, (prefix if self._names_state else "") + self._reason)


def build_failure(error: str | None, cause: str | None) -> Failure:
    """Build a failure whose texts can be stored and sent: truncated, and encodable in UTF-8."""
    return Failure(_truncate(error), _truncate(cause))


def build_data_limit_failure(name: str) -> Failure:
    """Build the failure, in AWS's words, of a state or task whose result is too large."""
    return Failure(
        DATA_LIMIT_EXCEEDED,
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    )


def _truncate(text: str | None) -> str | None:
    return None if text is None else replace_lone_surrogates(text[:MAX_CAUSE_LENGTH])


@contextmanager
def name_limit(subject: str) -> Iterator[None]:
    """Name the part that is evaluated in the `with` block if it exceeds a limit.

    Raises EvaluationFailed then.
    """
    try:
        yield
    except CutOff as error:
        raise EvaluationFailed(f"{subject} was cut off: {error}") from error
