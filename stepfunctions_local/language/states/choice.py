"""The Choice state: goes where the first rule that holds leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.choice_rule import Condition, parse_condition
from stepfunctions_local.language.data_flow import Selector, parse_selector
from stepfunctions_local.language.decision import Decision, Json, Proceed, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import State


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, and where it leads."""

    condition: Condition
    next: str


@dataclass(frozen=True, slots=True)
class Choice(State):
    """A Choice state."""

    type_name: ClassVar[str] = "Choice"

    rules: tuple[Rule, ...]
    default: str | None
    input_path: Selector
    output_path: Selector

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Read the state's fields."""
        fields.require("Choices")
        if fields.value("Choices") == []:
            fields.refuse("Expected at least one rule", "Choices")
        return cls(
            name=name,
            rules=tuple(_parse_rule(rule) for rule in fields.children("Choices")),
            default=fields.text("Default") if "Default" in fields else None,
            input_path=parse_selector(fields, "InputPath"),
            output_path=parse_selector(fields, "OutputPath"),
        )

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return False

    def targets(self) -> Iterator[tuple[str, str]]:
        """Answer where the state can lead."""
        for index, rule in enumerate(self.rules):
            yield f"Choices[{index}]/Next", rule.next
        if self.default is not None:
            yield "Default", self.default

    def on_entry(self, visit: Visit) -> Decision:
        """Choose."""
        data = self.input_path.select(visit.input, visit)
        chosen = self._choose(data, visit)
        return Proceed(self.output_path.select(data, visit), chosen)

    def _choose(self, data: Json, visit: Visit) -> str:
        for rule in self.rules:
            if rule.condition.holds(data, visit):
                return rule.next
        if self.default is None:
            # The documentation calls this States.NoChoiceMatched; AWS answers States.Runtime.
            raise EvaluationFailed(
                "Failed to transition out of the state. The state does not point to a next state."
            )
        return self.default


def _parse_rule(fields: Fields) -> Rule:
    fields.require("Next")
    target = fields.text("Next")
    return Rule(parse_condition(fields), target)
