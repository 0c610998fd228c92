"""The Pass state: passes on its input, or a result of its own."""

from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.jsonpath.template import Constant
from stepfunctions_local.language.state import OnwardState, parse_next


@dataclass(frozen=True, slots=True)
class Pass(OnwardState):
    """A Pass state. Its `result`, if given, takes precedence over the Parameters and the input."""

    type_name: ClassVar[str] = "Pass"

    result: Constant | None

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        return cls(
            name=name,
            flow=parse_data_flow(
                fields, "InputPath", "Parameters", "ResultPath", "OutputPath", "Output", "Assign"
            ),
            next=parse_next(fields),
            result=Constant(fields.read("Result")) if "Result" in fields else None,
        )

    def on_entry(self, visit: Visit) -> Decision:
        """Proceed with the result, the Parameters or the input."""
        return self.proceed(visit, self.result.value if self.result else self.flow.build_arguments(visit))
