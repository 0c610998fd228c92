"""The result of a tested state: for users' tests, and as the answer of TestState."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from stepfunctions_local.language import NO_VARIABLES, Json, dump_json


class Status(StrEnum):
    """How a tested state ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    RETRIABLE = "RETRIABLE"
    """A retrier handles the error, and has attempts left."""
    CAUGHT_ERROR = "CAUGHT_ERROR"


@dataclass(frozen=True, slots=True)
class StateResult:
    """The end of a tested state.

    `output` is None for a state without one, and for JSON's null.
    `next_state` is the state that follows, by Next, by a rule or by a catcher.
    `error` and `cause` are those of a failure, even if it is caught or retried.
    `inspection` has the data on the way, under AWS's names: `inspection["afterParameters"]`.
    """

    status: Status
    output: Json = None
    next_state: str | None = None
    error: str | None = None
    cause: str | None = None
    inspection: Mapping[str, Json] = field(default_factory=lambda: NO_VARIABLES)


PLAIN: Final = frozenset(
    {"errorDetails", "maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"}
)
"""Members of the inspection data that are no JSON text."""


def build_reply(result: StateResult) -> dict[str, Any]:
    """Build TestState's answer."""
    has_output = result.status in {Status.SUCCEEDED, Status.CAUGHT_ERROR}
    return {
        "status": result.status,
        "output": dump_json(result.output) if has_output else None,
        "nextState": result.next_state,
        "error": result.error,
        "cause": result.cause,
        "inspectionData": _dump_inspection(result.inspection) or None,
    }


def _dump_inspection(inspection: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value if name in PLAIN else dump_json(value) for name, value in inspection.items()}
