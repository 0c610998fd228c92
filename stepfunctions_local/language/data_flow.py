"""How data moves through a state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.

Source: "Processing input and output in Step Functions" in the Developer Guide.
"""

from dataclasses import dataclass
from typing import Final

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.path import (
    MISSING,
    Missing,
    Path,
    Step,
    parse_path,
    parse_reference_path,
)
from stepfunctions_local.language.template import Template, parse_template

CONFLICT: Final = "States.ReferencePathConflict"


@dataclass(frozen=True, slots=True)
class Selector:
    """InputPath or OutputPath. Without a path (null) it selects an empty object."""

    path: Path | None

    def select(self, data: Json, visit: Visit) -> Json:
        """Answer the selected part; the very same value where the path is `$`. Raises EvaluationFailed."""
        if self.path is None:
            return {}
        selected = self.path.look_up(data, visit)
        if selected is MISSING:
            reason = self.path.reason_for_nothing(data, visit)
            raise EvaluationFailed(f"Invalid path '{self.path.text}' : {reason}")
        return selected


@dataclass(frozen=True, slots=True)
class ResultPath:
    """Where a result goes in the state's input. Without steps (null) it is thrown away."""

    steps: tuple[Step, ...] | None

    def insert(self, result: Json, state_input: Json) -> Json:
        """Answer the input with the result in it; the input itself stays as it is.

        Raises EvaluationFailed.
        """
        if self.steps is None:
            return state_input
        return _inserted(result, self.steps, state_input)


def _inserted(result: Json, steps: tuple[Step, ...], target: Json | Missing) -> Json:
    if not steps:
        return result
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        members: Json | Missing = {} if target is MISSING else target
        if isinstance(members, dict):
            return members | {step: _inserted(result, rest, members.get(step, MISSING))}
    elif isinstance(target, list) and 0 <= step < len(target):
        return [*target[:step], _inserted(result, rest, target[step]), *target[step + 1 :]]
    raise _conflict(step, target)


def _conflict(step: Step, target: Json | Missing) -> EvaluationFailed:
    shown = "nothing" if target is MISSING else dump_json(target)
    return EvaluationFailed(
        f'Unable to apply step "{step}" to input {shown}', error=CONFLICT, names_state=False
    )


def parse_selector(fields: Fields, name: str) -> Selector:
    """Read InputPath or OutputPath."""
    if name in fields and fields.value(name) is None:
        return Selector(None)
    return Selector(fields.parsed(name, _path) or _WHOLE)


def parse_result_path(fields: Fields) -> ResultPath:
    """Read ResultPath."""
    if "ResultPath" in fields and fields.value("ResultPath") is None:
        return ResultPath(None)
    return ResultPath((fields.parsed("ResultPath", parse_reference_path) or _WHOLE).steps)


def parse_payload(fields: Fields, name: str) -> Template | None:
    """Read Parameters or ResultSelector, where they are there."""
    if name not in fields:
        return None
    value = fields.value(name)
    if not isinstance(value, dict):
        fields.refuse("Expected value of type Object", name)
        return None
    return parse_template(value, f"{fields.location}/{name}", fields.report)


def _path(text: str) -> Path:
    try:
        return parse_path(text)
    except ValueError as error:
        raise ValueError(f"Value must be a valid JSONPath. {error}") from error


_WHOLE: Final = parse_path("$")
