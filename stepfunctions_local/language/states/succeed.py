"""The Succeed state: ends the execution successfully."""

from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import OnwardState


@dataclass(frozen=True, slots=True)
class Succeed(OnwardState):
    """A Succeed state."""

    type_name: ClassVar[str] = "Succeed"

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        return cls(name=name, flow=parse_data_flow(fields, "InputPath", "OutputPath", "Output"), next=None)

    def on_entry(self, visit: Visit) -> Decision:
        """End the workflow with the input."""
        return self.proceed(visit, self.flow.select(visit))
