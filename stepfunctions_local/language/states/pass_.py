"""The Pass state: hands its input on, or a result of its own."""

from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.jsonpath.template import Constant
from stepfunctions_local.language.state import OnwardState, parse_next


@dataclass(frozen=True, slots=True)
class Pass(OnwardState):
    """A Pass state. Its `result` comes before what the data flow makes of its input."""

    type_name: ClassVar[str] = "Pass"

    result: Constant | None

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields."""
        return cls(
            name=name,
            flow=parse_data_flow(
                fields, "InputPath", "Parameters", "ResultPath", "OutputPath", "Output", "Assign"
            ),
            next=parse_next(fields),
            result=Constant(fields.read("Result")) if "Result" in fields else None,
        )

    def on_entry(self, visit: Visit) -> Decision:
        """Hand the data on."""
        return self.proceed(visit, self.result.value if self.result else self.flow.build_arguments(visit))
