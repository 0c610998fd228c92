"""The Map state: runs the same workflow for every item of an array, in branches or in executions.

Source: "Map workflow state", "Using Map state in Inline mode" and "Using Map state in Distributed mode for
large-scale parallel workloads" in the Developer Guide; the errors for unusable values are as recorded on AWS.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Decision, Distribute, Failure, Fork, Item, Json, Visit
from stepfunctions_local.language.error_handling import parse_error_handling
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import Fields
from stepfunctions_local.language.item_reader import (
    ItemBatcher,
    ItemReader,
    ResultWriter,
    parse_item_batcher,
    parse_item_reader,
    parse_result_writer,
)
from stepfunctions_local.language.jsonpath.template import Template
from stepfunctions_local.language.map_items import Items, parse_items
from stepfunctions_local.language.map_run import MapRunPlan, Writing
from stepfunctions_local.language.payload import parse_payload
from stepfunctions_local.language.reference import Number, parse_number
from stepfunctions_local.language.state import ForkingState, Workflow, limit_evaluation, parse_next
from stepfunctions_local.language.workflow import parse_workflow

MOST_AT_ONCE: Final = 40
"""How many items are processed at a time, at most. Source: "Map state processing modes"."""

MAX_FIELD: Final = 2**31 - 1

MAX_LABEL: Final = 40
"""The longest label, in characters."""

_NOT_IN_A_LABEL: Final = re.compile(r"""[\s?*<>{}\[\]:;,\\|^~$#%&`"\x00-\x1f\x7f-\x9f]""")

_DISTRIBUTED_ONLY: Final = ("ItemBatcher", "ItemReader", "Label", "ResultWriter")


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
        """Parse the state's fields. The result is a DistributedMap if its processor says so."""
        processor, children = _parse_processor(fields)
        if children:
            return DistributedMap.parse_distributed(name, fields, processor, children)  # type: ignore[return-value] # it is one
        _refuse_distributed_fields(fields)
        _warn_of_tolerances(fields)
        return cls(**_parse_common(name, fields, processor))

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
        items = self.items.find(data, visit)
        return Fork([*items], self._evaluate_concurrency(data, visit))

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


@dataclass(frozen=True, slots=True)
class DistributedMap(Map):
    """A Map state in distributed mode: each item, or batch of items, is an execution of its own.

    `has_express_children`: whether these are limited as Express executions are.
    """

    label: str | None
    reader: ItemReader | None
    batcher: ItemBatcher | None
    writer: ResultWriter | None
    has_express_children: bool

    @classmethod
    def parse_distributed(cls, name: str, fields: Fields, processor: Workflow, children: str) -> Self:
        """Parse the fields of a state whose processor is distributed, and runs as `children`: EXPRESS."""
        return cls(
            **_parse_common(name, fields, processor, is_distributed=True),
            label=_parse_label(fields),
            reader=parse_item_reader(fields),
            batcher=parse_item_batcher(fields),
            writer=parse_result_writer(fields),
            has_express_children=children == "EXPRESS",
        )

    def on_entry(self, visit: Visit) -> Decision:
        """Begin a Map Run. With a reader, the state's data have no items, whatever ItemsPath names."""
        if self.reader:
            return Distribute(None)
        return Distribute(_list_items(self.items.find(self.flow.select(visit), visit, objects=True)))

    def plan(self, visit: Visit) -> MapRunPlan | Decision:
        """Return the plan of the run, or the decision that follows if a field cannot be evaluated."""
        try:
            with limit_evaluation(visit):
                return self._plan(self.flow.select(visit), visit)
        except EvaluationFailed as failed:
            return self._fail_evaluation(visit, failed)

    def select(self, visit: Visit, item: Item) -> "Json | Failure":
        """Return the part of a child's input that an item is, or the failure of the run."""
        try:
            with limit_evaluation(visit):
                if self.selector is not None:
                    return self.selector.evaluate(self.flow.select(visit), visit)
        except EvaluationFailed as failed:
            return failed.to_failure(self.name, visit.entered_event_id)
        return item.value if item.key is None else {"Key": item.key, "Value": item.value}

    def _plan(self, data: Json, visit: Visit) -> MapRunPlan:
        count, percentage = (tolerance.evaluate(data, visit) for tolerance in self.tolerances)
        return MapRunPlan(
            int(self.max_concurrency.evaluate(data, visit) or 0),
            None if count is None else int(count),
            percentage,
            self.reader.plan(data, visit) if self.reader else None,
            self.batcher.plan(data, visit) if self.batcher else None,
            self.writer.plan(data, visit) if self.writer else Writing(),
        )


def _list_items(found: list[Json] | dict[str, Json]) -> list[Item]:
    if isinstance(found, dict):
        return [Item(value, key) for key, value in found.items()]
    return [Item(value) for value in found]


def _parse_common(
    name: str, fields: Fields, processor: Workflow, *, is_distributed: bool = False
) -> dict[str, Any]:
    """Return the attributes that both modes have."""
    return {
        "name": name,
        "flow": parse_data_flow(
            fields, "InputPath", "ResultSelector", "ResultPath", "OutputPath", "Output", "Assign"
        ),
        "next": parse_next(fields),
        "handling": parse_error_handling(fields),
        "items": parse_items(fields, objects=is_distributed),
        "selector": parse_payload(fields, fields.choose_one("ItemSelector", "Parameters") or "ItemSelector"),
        "processor": processor,
        "processor_field": "Iterator" if "Iterator" in fields else "ItemProcessor",
        "max_concurrency": parse_number(fields, "MaxConcurrency", most=MAX_FIELD),
        "tolerances": (
            parse_number(fields, "ToleratedFailureCount", most=MAX_FIELD),
            parse_number(fields, "ToleratedFailurePercentage", most=100, kind=float),
        ),
    }


def _refuse_distributed_fields(fields: Fields) -> None:
    for name in _DISTRIBUTED_ONLY:
        if name in fields:
            fields.read(name)
            fields.refuse(f"Field '{name}' is only supported in DISTRIBUTED mode", name)


def _parse_processor(fields: Fields) -> tuple[Workflow, str]:
    """Return the workflow that processes an item, and the type of its executions in distributed mode."""
    name = fields.choose_one("ItemProcessor", "Iterator", required=True)
    processor = fields.read_object(name) if name else None
    if processor is None:
        return Workflow("", {}), ""
    processor.read_text("Comment")
    children = _parse_mode(processor)
    workflow = parse_workflow(processor)
    processor.close()
    return workflow, children


def _parse_mode(processor: Fields) -> str:
    config = processor.read_object("ProcessorConfig")
    if config is None:
        return ""
    mode = config.read_text("Mode", "INLINE")
    children = _parse_execution_type(config) if mode == "DISTRIBUTED" else ""
    if mode not in {"DISTRIBUTED", "INLINE"}:
        config.refuse(f"Unknown Mode '{mode}'; INLINE and DISTRIBUTED work", "Mode")
    config.close()
    return children


def _parse_execution_type(config: Fields) -> str:
    if not config.require("ExecutionType"):
        return "STANDARD"
    children = config.read_text("ExecutionType")
    if children not in {"STANDARD", "EXPRESS"}:
        config.refuse("Value is not valid. Must be one of: STANDARD, EXPRESS", "ExecutionType")
    elif children == "EXPRESS":
        config.report.warn(
            "The children of this Map are on disk here, and have histories. As on AWS, they end after five "
            "minutes",
            config.location,
            "EXPRESS_CHILDREN",
        )
    return children or "STANDARD"


def _parse_label(fields: Fields) -> str | None:
    label = fields.read_text("Label")
    if "Label" not in fields:
        return None
    if not 1 <= len(label) <= MAX_LABEL:
        fields.refuse(f"Label must have 1 to {MAX_LABEL} characters", "Label")
    elif found := _NOT_IN_A_LABEL.search(label):
        fields.refuse(f"Label contains invalid character: {found[0]!r}", "Label")
    elif label in fields.report.labels:
        fields.refuse(f"Label '{label}' appears more than once", "Label")
    fields.report.labels.add(label)
    return label


def _warn_of_tolerances(fields: Fields) -> None:
    names = ("ToleratedFailureCount", "ToleratedFailurePercentage")
    if any(name in fields or f"{name}Path" in fields for name in names):
        fields.report.warn(
            "Failed items are tolerated in distributed mode alone: here the first one fails the state",
            fields.location,
            "NO_TOLERANCE",
        )
