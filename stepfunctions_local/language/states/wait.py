"""The Wait state: waits until a timestamp, or for a number of seconds.

The errors for unusable times are as recorded on AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Protocol, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Json, Visit, WaitUntil
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import MAX_LITERAL, Fields
from stepfunctions_local.language.jsonata.expression import Expression
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonpath.path import Path, parse_reference_path
from stepfunctions_local.language.reference import MAX_LONG, build_refusal, look_up_long, look_up_reference
from stepfunctions_local.language.state import OnwardState, parse_next
from stepfunctions_local.language.timestamp import parse_timestamp

MAX_DELAY_SECONDS: Final = 2**31 - 1
"""The longest wait on AWS: 24,855 days."""

_NO_TIMESTAMP = "does not reference a valid ISO-8601 extended offset date-time format string"


class Due(Protocol):
    """The end of a wait."""

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait, in UTC. Raises EvaluationFailed."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """A number of seconds from now."""

    seconds: int

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        return _add_seconds(self.seconds, visit)


@dataclass(frozen=True, slots=True)
class SecondsPath:
    """A number of seconds from now, given by the input."""

    path: Path

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        seconds = look_up_long(self.path, "SecondsPath", data, visit)
        if seconds < 0:
            raise build_refusal(self.path, "SecondsPath parameter references a negative value", seconds)
        return _add_seconds(seconds, visit)


@dataclass(frozen=True, slots=True)
class ComputedSeconds:
    """A number of seconds from now, returned by an expression."""

    expression: Expression

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        return _add_seconds(self.expression.evaluate_integer(visit, minimum=0, maximum=MAX_LONG), visit)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A point in time."""

    timestamp: datetime

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        return _require_within_reach(self.timestamp, visit)


@dataclass(frozen=True, slots=True)
class TimestampPath:
    """A point in time, given by the input."""

    path: Path

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        text = look_up_reference(self.path, "TimestampPath", data, visit)
        try:
            return _require_within_reach(parse_timestamp(text if isinstance(text, str) else ""), visit)
        except ValueError as error:
            raise build_refusal(self.path, f"TimestampPath parameter {_NO_TIMESTAMP}", text) from error


@dataclass(frozen=True, slots=True)
class ComputedTimestamp:
    """A point in time, returned by an expression."""

    expression: Expression

    def evaluate(self, data: Json, visit: Visit) -> datetime:
        """Return the end of the wait."""
        text = self.expression.evaluate_string(visit)
        try:
            return _require_within_reach(parse_timestamp(text), visit)
        except ValueError as error:
            raise self.expression.build_error(f" {_NO_TIMESTAMP}: {text}") from error


@dataclass(frozen=True, slots=True)
class Wait(OnwardState):
    """A Wait state."""

    type_name: ClassVar[str] = "Wait"

    due: Due

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        return cls(
            name=name,
            flow=parse_data_flow(fields, "InputPath", "OutputPath", "Output", "Assign"),
            next=parse_next(fields),
            due=_parse_due(fields),
        )

    def on_entry(self, visit: Visit) -> Decision:
        """Wait, even if the due time has passed."""
        return WaitUntil(self.due.evaluate(self.flow.select(visit), visit))

    def wake(self, visit: Visit) -> Decision:
        """Proceed with the input."""
        return self._decide(visit, lambda: self.proceed(visit, self.flow.select(visit)))


def _add_seconds(seconds: int, visit: Visit) -> datetime:
    if seconds > MAX_DELAY_SECONDS:
        raise _build_refusal()
    try:
        return visit.now + timedelta(seconds=seconds)
    except OverflowError as error:
        raise _build_refusal() from error


def _require_within_reach(timestamp: datetime, visit: Visit) -> datetime:
    if (timestamp - visit.now).total_seconds() > MAX_DELAY_SECONDS:
        raise _build_refusal()
    return timestamp


def _build_refusal() -> EvaluationFailed:
    return EvaluationFailed("Wait state delay is too long.")


def _parse_due(fields: Fields) -> Due:
    kind = fields.choose_one("SecondsPath", "Seconds", "TimestampPath", "Timestamp", required=True)
    parse = _KINDS.get(kind or "")
    return (parse(fields) if parse else None) or Seconds(0)


def _parse_seconds(fields: Fields) -> Due | None:
    if is_computed(fields, "Seconds"):
        expression = parse_computed(fields, "Seconds")
        return ComputedSeconds(expression) if expression else None
    seconds = fields.read_integer("Seconds", minimum=0, maximum=MAX_LITERAL)
    return None if seconds is None else Seconds(seconds)


def _parse_timestamp(fields: Fields) -> Due | None:
    if is_computed(fields, "Timestamp"):
        expression = parse_computed(fields, "Timestamp")
        return ComputedTimestamp(expression) if expression else None
    return fields.parse("Timestamp", _parse_literal)


def _parse_literal(text: str) -> Due:
    try:
        return Timestamp(parse_timestamp(text))
    except ValueError as error:
        raise ValueError("String does not match RFC3339 timestamp") from error


_KINDS: Final[dict[str, Callable[[Fields], Due | None]]] = {
    "Seconds": _parse_seconds,
    "Timestamp": _parse_timestamp,
    "SecondsPath": lambda fields: fields.parse(
        "SecondsPath", lambda text: SecondsPath(parse_reference_path(text))
    ),
    "TimestampPath": lambda fields: fields.parse(
        "TimestampPath", lambda text: TimestampPath(parse_reference_path(text))
    ),
}
