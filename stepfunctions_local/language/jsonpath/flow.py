"""Data flow in JSONPath: InputPath, Parameters, ResultSelector, ResultPath, Assign, OutputPath.

Source: "Processing input and output in Step Functions" and "Passing data between states with variables" in
the Developer Guide.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from stepfunctions_local.language.decision import NO_VARIABLES, Json, Proceed, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, name_limit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonpath.path import (
    MISSING,
    Missing,
    Path,
    Step,
    parse_input_path,
    parse_path,
)
from stepfunctions_local.language.jsonpath.template import Template, parse_fields, parse_template
from stepfunctions_local.language.variable import find_name_fault

CONFLICT: Final = "States.ReferencePathConflict"


class Selector(Protocol):
    """InputPath or OutputPath."""

    def select(self, data: Json, visit: Visit) -> Json:
        """Return the selected part; for the path `$`, the same object. Raises EvaluationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Everything:
    """An absent path, which accepts null, unlike the path `$`."""

    def select(self, data: Json, visit: Visit) -> Json:
        """Return the data."""
        return data


@dataclass(frozen=True, slots=True)
class Nothing:
    """The path null."""

    def select(self, data: Json, visit: Visit) -> Json:
        """Return an empty object."""
        return {}


@dataclass(frozen=True, slots=True)
class Part:
    """A path."""

    path: Path

    def select(self, data: Json, visit: Visit) -> Json:
        """Return the value that the path names. Raises EvaluationFailed."""
        with name_limit(f"The path '{self.path.text}'"):
            selected = self.path.look_up(data, visit)
        if selected is MISSING:
            reason = self.path.explain_absence(data, visit)
            raise EvaluationFailed(f"Invalid path '{self.path.text}' : {reason}")
        return selected


@dataclass(frozen=True, slots=True)
class ResultPath:
    """The place of a result in the state's input. Without steps (null) the result is discarded."""

    steps: tuple[Step, ...] | None

    def insert(self, result: Json, state_input: Json) -> Json:
        """Return the input with the result inserted; the input itself is not changed.

        Raises EvaluationFailed.
        """
        if self.steps is None:
            return state_input
        return _insert(result, self.steps, state_input)


def _insert(result: Json, steps: tuple[Step, ...], target: Json | Missing) -> Json:
    if not steps:
        return result
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        members: Json | Missing = {} if target is MISSING else target
        if isinstance(members, dict):
            return members | {step: _insert(result, rest, members.get(step, MISSING))}
    elif isinstance(target, list) and 0 <= step < len(target):
        return [*target[:step], _insert(result, rest, target[step]), *target[step + 1 :]]
    raise _build_conflict(step, target)


def _build_conflict(step: Step, target: Json | Missing) -> EvaluationFailed:
    shown = "nothing" if target is MISSING else dump_json(target)
    return EvaluationFailed(
        f'Unable to apply step "{step}" to input {shown}', error=CONFLICT, names_state=False
    )


@dataclass(frozen=True, slots=True)
class JsonPathFlow:
    """The fields of a state, a catcher or a rule that move data; absent fields change nothing."""

    input_path: Selector
    parameters: Template | None
    result_selector: Template | None
    result_path: ResultPath
    output_path: Selector
    assign: Mapping[str, Template]

    @property
    def assigned(self) -> Collection[str]:
        """The names of the variables that it assigns."""
        return self.assign.keys()

    def select(self, visit: Visit) -> Json:
        """Return the effective input."""
        return self.input_path.select(visit.input, visit)

    def build_arguments(self, visit: Visit) -> Json:
        """Return the Parameters; without them, the effective input."""
        data = self.select(visit)
        return data if self.parameters is None else self.parameters.evaluate(data, visit)

    def proceed(self, visit: Visit, outcome: Json, target: str | None) -> Proceed:
        """Exit the state; in Assign, `$` is the outcome itself."""
        selector = self.result_selector
        selected = outcome if selector is None else selector.evaluate(outcome, visit)
        output = self.result_path.insert(selected, visit.input)
        return Proceed(self.output_path.select(output, visit), target, self._evaluate_assign(visit, outcome))

    def _evaluate_assign(self, visit: Visit, outcome: Json) -> Mapping[str, Json]:
        if not self.assign:
            return NO_VARIABLES
        return {name: part.evaluate(outcome, visit) for name, part in self.assign.items()}

    def for_rule(self, rule: Fields) -> "JsonPathFlow":
        """Return the data flow of a rule, which has an Assign of its own."""
        return replace(self, assign=_parse_assign(rule))


def parse_json_path_flow(fields: Fields) -> JsonPathFlow:
    """Parse the fields that move data."""
    return JsonPathFlow(
        input_path=_parse_selector(fields, "InputPath"),
        parameters=parse_payload(fields, "Parameters"),
        result_selector=parse_payload(fields, "ResultSelector"),
        result_path=_parse_result_path(fields),
        output_path=_parse_selector(fields, "OutputPath"),
        assign=_parse_assign(fields),
    )


def _parse_selector(fields: Fields, name: str) -> Selector:
    if name in fields and fields.read(name) is None:
        return Nothing()
    path = fields.parse(name, _parse_path)
    return Part(path) if path else Everything()


def _parse_result_path(fields: Fields) -> ResultPath:
    if "ResultPath" in fields and fields.read("ResultPath") is None:
        return ResultPath(None)
    return ResultPath((fields.parse("ResultPath", parse_input_path) or _WHOLE).steps)


def parse_payload(fields: Fields, name: str) -> Template | None:
    """Parse a field such as Parameters, which may be any JSON; return None if it is absent."""
    if name not in fields:
        return None
    return parse_template(fields.read(name), f"{fields.location}/{name}", fields.report)


def _parse_assign(fields: Fields) -> dict[str, Template]:
    if "Assign" not in fields:
        return {}
    value = fields.read("Assign")
    if not isinstance(value, dict):
        fields.refuse("Expected value of type Object", "Assign")
        return {}
    assigned = parse_fields(value, f"{fields.location}/Assign", fields.report)
    for fault in filter(None, map(find_name_fault, assigned)):
        fields.refuse(fault, "Assign")
    return assigned


def _parse_path(text: str) -> Path:
    try:
        return parse_path(text)
    except ValueError as error:
        raise ValueError(f"Value must be a valid JSONPath. {error}") from error


_WHOLE: Final = parse_path("$")
