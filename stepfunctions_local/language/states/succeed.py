"""The Succeed state: ends the execution successfully."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import Selector, parse_selector
from stepfunctions_local.language.decision import Decision, Proceed, Visit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import State


@dataclass(frozen=True, slots=True)
class Succeed(State):
    """A Succeed state."""

    type_name: ClassVar[str] = "Succeed"

    input_path: Selector
    output_path: Selector

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields."""
        return cls(name, parse_selector(fields, "InputPath"), parse_selector(fields, "OutputPath"))

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return True

    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer where the state can lead."""
        return iter(())

    def on_entry(self, visit: Visit) -> Decision:
        """Succeed."""
        data = self.input_path.select(visit.input, visit)
        return Proceed(self.output_path.select(data, visit), None)
