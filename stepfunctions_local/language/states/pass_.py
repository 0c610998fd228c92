"""The Pass state: hands its input on, or a result of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import (
    ResultPath,
    Selector,
    parse_payload,
    parse_result_path,
    parse_selector,
)
from stepfunctions_local.language.decision import Decision, Proceed, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import State, Transition, parse_transition
from stepfunctions_local.language.template import Constant, Template


@dataclass(frozen=True, slots=True)
class Pass(State):
    """A Pass state. `result` is what it makes of its effective input; absent, it is that input."""

    type_name: ClassVar[str] = "Pass"

    input_path: Selector
    result: Template | None
    result_path: ResultPath
    output_path: Selector
    transition: Transition

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields."""
        parameters = parse_payload(fields, "Parameters")
        result = Constant(fields.value("Result")) if "Result" in fields else parameters
        return cls(
            name=name,
            input_path=parse_selector(fields, "InputPath"),
            result=result,
            result_path=parse_result_path(fields),
            output_path=parse_selector(fields, "OutputPath"),
            transition=parse_transition(fields),
        )

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return self.transition.next is None

    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer where the state can lead."""
        return self.transition.targets()

    def on_entry(self, visit: Visit) -> Decision:
        """Hand the data on."""
        data = self.input_path.select(visit.input, visit)
        result = data if self.result is None else self.result.evaluate(data, visit)
        output = self.result_path.insert(result, visit.input)
        return Proceed(self.output_path.select(output, visit), self.transition.next)
