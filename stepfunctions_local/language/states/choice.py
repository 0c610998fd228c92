"""The Choice state: proceeds to the target of the first rule that holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.choice_rule import Condition, parse_rule
from stepfunctions_local.language.data_flow import DataFlow, parse_data_flow
from stepfunctions_local.language.decision import Decision, Visit
from stepfunctions_local.language.evaluation import EvaluationFailed, name_limit
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import State


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of Choices: a condition, the next state, and the data flow to it."""

    condition: Condition
    next: str
    flow: DataFlow


@dataclass(frozen=True, slots=True)
class Choice(State):
    """A Choice state."""

    type_name: ClassVar[str] = "Choice"

    flow: DataFlow
    """The data flow to the default; each rule has its own."""
    rules: tuple[Rule, ...]
    default: str | None

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        fields.require("Choices")
        if fields.read("Choices") == []:
            fields.refuse("Expected at least one rule", "Choices")
        flow = parse_data_flow(fields, "InputPath", "OutputPath", "Output", "Assign")
        return cls(
            name=name,
            flow=flow,
            rules=tuple(_parse_rule(rule, flow) for rule in fields.read_objects("Choices")),
            default=fields.read_text("Default") if "Default" in fields else None,
        )

    @property
    def is_terminal(self) -> bool:
        """Whether the execution can end here."""
        return False

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the states that can come next."""
        for index, rule in enumerate(self.rules):
            yield f"Choices[{index}]/Next", rule.next
        if self.default is not None:
            yield "Default", self.default

    def flows(self) -> Iterator[tuple[str, DataFlow]]:
        """Yield the data flows of the state."""
        yield "Assign", self.flow
        for index, rule in enumerate(self.rules):
            yield f"Choices[{index}]/Assign", rule.flow

    def on_entry(self, visit: Visit) -> Decision:
        """Proceed by the first rule that holds, or to the default."""
        data = self.flow.select(visit)
        for index, rule in enumerate(self.rules):
            with name_limit(f"The rule 'Choices[{index}]'"):
                holds = rule.condition.holds(data, visit)
            if holds:
                return rule.flow.proceed(visit, data, rule.next)
        if self.default is None:
            # The documentation calls this States.NoChoiceMatched; AWS returns States.Runtime.
            raise EvaluationFailed(
                "Failed to transition out of the state. The state does not point to a next state."
            )
        return self.flow.proceed(visit, data, self.default)


def _parse_rule(fields: Fields, flow: DataFlow) -> Rule:
    fields.require("Next")
    target, flow = fields.read_text("Next"), flow.for_rule(fields)
    return Rule(parse_rule(fields), target, flow)
