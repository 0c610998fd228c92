"""The expression in a computed field: a path or an intrinsic function."""

from dataclasses import dataclass
from typing import TypeAlias

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, name_limit
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonpath.grammar import InvalidPath
from stepfunctions_local.language.jsonpath.intrinsic import Intrinsic, InvalidIntrinsic, parse_intrinsic
from stepfunctions_local.language.jsonpath.path import MISSING, Path, parse_path


class InvalidExpression(ValueError):
    """The text is neither a path nor an intrinsic function; the message says why."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A path in a field; its error names the field."""

    path: Path
    field: str

    def evaluate(self, data: Json, visit: Visit) -> Json:
        """Return the value that the path names. Raises EvaluationFailed."""
        visit.budget.step()
        with name_limit(f"The JSONPath '{self.path.text}' specified for the field '{self.field}'"):
            value = self.path.look_up(data, visit)
        if value is MISSING:
            raise EvaluationFailed(
                f"The JSONPath '{self.path.text}' specified for the field '{self.field}' "
                f"could not be found in the input '{dump_json(data)}'"
            )
        return value


Expression: TypeAlias = Selection | Intrinsic


def parse_expression(text: str, field: str) -> Expression:
    """Parse the expression of a field. Raises `InvalidExpression`."""
    try:
        return (
            parse_intrinsic(text, field) if text.startswith("States.") else Selection(parse_path(text), field)
        )
    except (InvalidPath, InvalidIntrinsic) as error:
        raise InvalidExpression(
            f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call. "
            f"{error}"
        ) from error
