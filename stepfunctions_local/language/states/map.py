"""The Map state, in inline mode: runs the same workflow for every item of an array.

Source: "Map workflow state" and "Using Map state in Inline mode" in the Developer Guide; the errors for
unusable values are as recorded on AWS.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Fork, Json, Visit
from stepfunctions_local.language.error_handling import parse_error_handling
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.jsonpath.template import Template
from stepfunctions_local.language.map_items import Items, parse_items
from stepfunctions_local.language.payload import parse_payload
from stepfunctions_local.language.reference import Number, parse_number
from stepfunctions_local.language.state import ForkingState, Workflow, parse_next
from stepfunctions_local.language.workflow import parse_workflow

MOST_AT_ONCE: Final = 40
"""How many items are processed at a time, at most. Source: "Map state processing modes"."""

MAX_FIELD: Final = 2**31 - 1

DISTRIBUTED_ONLY: Final = ("ItemBatcher", "ItemReader", "Label", "ResultWriter")
"""Fields of the distributed mode, which is not supported here."""


@dataclass(frozen=True, slots=True)
class Map(ForkingState):
    """A Map state in inline mode.

    Its tolerance for failed items is parsed and checked, but takes effect in distributed mode alone, as on
    AWS: here the first failed item fails the state.
    """

    type_name: ClassVar[str] = "Map"

    items: Items
    selector: Template | None
    processor: Workflow
    processor_field: str
    max_concurrency: Number
    tolerances: tuple[Number, ...]

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        _refuse_distributed_fields(fields)
        return cls(
            name=name,
            flow=parse_data_flow(
                fields, "InputPath", "ResultSelector", "ResultPath", "OutputPath", "Output", "Assign"
            ),
            next=parse_next(fields),
            handling=parse_error_handling(fields),
            items=parse_items(fields),
            selector=parse_payload(fields, fields.choose_one("ItemSelector", "Parameters") or "ItemSelector"),
            processor=_parse_processor(fields),
            processor_field="Iterator" if "Iterator" in fields else "ItemProcessor",
            max_concurrency=parse_number(fields, "MaxConcurrency", most=MAX_FIELD),
            tolerances=_parse_tolerances(fields),
        )

    @property
    def hands_items_on(self) -> bool:
        """Whether a branch begins with its item unchanged."""
        return self.selector is None and not any(tolerance.is_computed for tolerance in self.tolerances)

    def workflows(self) -> Iterator[tuple[str, Workflow]]:
        """Yield the workflow that processes an item."""
        yield self.processor_field, self.processor

    def on_entry(self, visit: Visit) -> Decision:
        """Fork into a branch for each item."""
        data = self.flow.select(visit)
        return Fork(self.items.find(data, visit), self._evaluate_concurrency(data, visit))

    def first(self, index: int) -> str:
        """Return the first state of an item's workflow."""
        return self.processor.start_at

    def on_begin(self, visit: Visit, index: int, item: Json) -> Json:
        """Return the input of an item's workflow. AWS evaluates the tolerances only at this point."""
        data = self.flow.select(visit)
        if index == 0:
            for tolerance in self.tolerances:
                tolerance.evaluate(data, visit)
        return item if self.selector is None else self.selector.evaluate(data, visit)

    def _evaluate_concurrency(self, data: Json, visit: Visit) -> int:
        limit = self.max_concurrency.evaluate(data, visit) or MOST_AT_ONCE
        return min(int(limit), MOST_AT_ONCE)


def _refuse_distributed_fields(fields: Fields) -> None:
    for name in DISTRIBUTED_ONLY:
        if name in fields:
            fields.read(name)
            fields.refuse(
                f"Field '{name}' is not supported here: only the inline mode of Map is (AWS supports both)",
                name,
            )


def _parse_processor(fields: Fields) -> Workflow:
    name = fields.choose_one("ItemProcessor", "Iterator", required=True)
    processor = fields.read_object(name) if name else None
    if processor is None:
        return Workflow("", {})
    processor.read_text("Comment")
    _check_mode(processor)
    workflow = parse_workflow(processor)
    processor.close()
    return workflow


def _check_mode(processor: Fields) -> None:
    config = processor.read_object("ProcessorConfig")
    if config is None:
        return
    mode = config.read_text("Mode", "INLINE")
    if mode == "DISTRIBUTED":
        config.read_text("ExecutionType")
        config.refuse("Mode 'DISTRIBUTED' is not supported here (AWS supports it); INLINE is", "Mode")
    elif mode != "INLINE":
        config.refuse(f"Unknown Mode '{mode}'; INLINE works", "Mode")
    config.close()


def _parse_tolerances(fields: Fields) -> tuple[Number, ...]:
    count = parse_number(fields, "ToleratedFailureCount", most=MAX_FIELD)
    percentage = parse_number(fields, "ToleratedFailurePercentage", most=100, kind=float)
    if count.is_given or percentage.is_given:
        fields.report.warn(
            "Failed items are tolerated in distributed mode alone: here the first one fails the state",
            fields.location,
            "NO_TOLERANCE",
        )
    return count, percentage
