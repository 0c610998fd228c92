"""Fields such as SecondsPath: looks up the values that they name, with AWS's errors for unusable ones."""

import math
from dataclasses import dataclass
from typing import Final

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonata.expression import Expression
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonpath.path import MISSING, Path, parse_reference_path

MAX_LONG: Final = 2**63 - 1


def look_up_reference(path: Path, field: str, data: Json, visit: Visit) -> Json:
    """Return the value that a field such as SecondsPath names. Raises EvaluationFailed."""
    value = path.look_up(data, visit)
    if value is MISSING:
        raise EvaluationFailed(f"The {field} parameter does not reference an input value: {path.text}")
    return value


def build_refusal(path: Path, fault: str, value: Json) -> EvaluationFailed:
    """Build the error for a value that a path names and that cannot be used."""
    shown = value if isinstance(value, str) else dump_json(value)
    return EvaluationFailed(f"The {fault}: {path.text} == {shown}")


def look_up_long(path: Path, field: str, data: Json, visit: Visit) -> int:
    """Return the whole number that a field names. Raises EvaluationFailed."""
    value = look_up_reference(path, field, data, visit)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_LONG:
        raise build_refusal(path, f"{field} parameter cannot be parsed as a long value", value)
    return value


@dataclass(frozen=True, slots=True)
class Number:
    """A field such as MaxConcurrency: a number from 0 to `most`, written out, computed, or absent.

    A path may also name a string that contains a number; a JSONata expression must return a number.
    """

    field: str
    most: int
    kind: type[int] | type[float]
    literal: int | float | None = None
    path: Path | None = None
    expression: Expression | None = None

    @property
    def is_given(self) -> bool:
        """Whether the field is there, in any form."""
        return self.literal is not None or self.is_computed

    @property
    def is_computed(self) -> bool:
        """Whether the number depends on the input."""
        return self.path is not None or self.expression is not None

    def evaluate(self, data: Json, visit: Visit) -> float | None:
        """Return the number, or None if the field is absent. Raises EvaluationFailed."""
        if self.expression:
            kind = "integer" if self.kind is int else "number"
            return self.expression.evaluate_number(visit, kind, minimum=0, maximum=self.most)
        if self.path is None:
            return self.literal
        value = look_up_reference(self.path, f"{self.field}Path", data, visit)
        number = self._parse(value if isinstance(value, str) else dump_json(value))
        if not 0 <= number <= self.most:
            raise EvaluationFailed(f"{self.field} must be between 0 and {self.most}.")
        return number

    def _parse(self, text: str) -> float:
        try:
            number = self.kind(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            name = "integer" if self.kind is int else "float"
            path = self.path.text if self.path else ""
            raise EvaluationFailed(
                f'The {self.field}Path field refers to value "{text}" which is not a valid {name}: {path}'
            )
        return number


def parse_number(fields: Fields, name: str, *, most: int, kind: type[int] | type[float] = int) -> Number:
    """Parse a field such as MaxConcurrency, or MaxConcurrencyPath."""
    if is_computed(fields, name):
        return Number(name, most, kind, expression=parse_computed(fields, name))
    fields.choose_one(name, f"{name}Path")
    read = fields.read_integer if kind is int else fields.read_number
    return Number(
        name,
        most,
        kind,
        read(name, minimum=0, maximum=most),
        fields.parse(f"{name}Path", parse_reference_path),
    )
