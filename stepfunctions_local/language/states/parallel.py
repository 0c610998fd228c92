"""The Parallel state: all branches get the same input, and the result is the list of their outputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Fork, Visit
from stepfunctions_local.language.error_handling import parse_error_handling
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.state import ForkingState, Workflow, parse_next
from stepfunctions_local.language.workflow import parse_workflow


@dataclass(frozen=True, slots=True)
class Parallel(ForkingState):
    """A Parallel state."""

    type_name: ClassVar[str] = "Parallel"

    branches: tuple[Workflow, ...]

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        return cls(
            name=name,
            flow=parse_data_flow(
                fields,
                *("InputPath", "Parameters", "ResultSelector", "ResultPath", "OutputPath"),
                *("Arguments", "Output", "Assign"),
            ),
            next=parse_next(fields),
            handling=parse_error_handling(fields),
            branches=_parse_branches(fields),
        )

    def workflows(self) -> Iterator[tuple[str, Workflow]]:
        """Yield the branches."""
        for index, branch in enumerate(self.branches):
            yield f"Branches[{index}]", branch

    def on_entry(self, visit: Visit) -> Decision:
        """Fork into all branches at once."""
        return Fork((self.flow.build_arguments(visit),) * len(self.branches), len(self.branches))

    def first(self, index: int) -> str:
        """Return the first state of a branch."""
        return self.branches[index].start_at


def _parse_branches(fields: Fields) -> tuple[Workflow, ...]:
    if fields.require("Branches") and fields.read("Branches") == []:
        fields.refuse("The field 'Branches' should be non-empty", "Branches")
    return tuple(_parse_branch(branch) for branch in fields.read_objects("Branches"))


def _parse_branch(fields: Fields) -> Workflow:
    fields.read_text("Comment")
    workflow = parse_workflow(fields)
    fields.close()
    return workflow
