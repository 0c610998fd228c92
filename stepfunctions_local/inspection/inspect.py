"""Collects the inspection data: what each field of a state makes of its data.

Each type of state shows the data that it shows in recordings of AWS. After a failure the data end where the
state failed.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

from stepfunctions_local.inspection.error_details import describe_handling
from stepfunctions_local.inspection.mock import ABSENT
from stepfunctions_local.inspection.rehearsal import Rehearsal
from stepfunctions_local.inspection.request import Level
from stepfunctions_local.inspection.tolerance import evaluate_numbers
from stepfunctions_local.language import Decision, Json
from stepfunctions_local.language.evaluation import EvaluationFailed, name_limit
from stepfunctions_local.language.fields import QueryLanguage
from stepfunctions_local.language.jsonpath.flow import JsonPathFlow
from stepfunctions_local.language.states import Map, Parallel, Pass, Task

Stages: TypeAlias = Iterator[tuple[str, Json]]


def collect_inspection(rehearsal: Rehearsal, decision: Decision) -> dict[str, Json]:
    """Return the inspection data by AWS's names; at the level INFO there are none."""
    if rehearsal.test.level is Level.INFO:
        return {}
    found: dict[str, Json] = {"input": rehearsal.test.input}
    # As on AWS, the data end before the field that failed, and the result of the state says why it failed.
    with suppress(EvaluationFailed), name_limit("The inspection data"):
        found.update(_list_stages(rehearsal))
    found.update(evaluate_numbers(rehearsal))
    if variables := {**rehearsal.test.variables, **rehearsal.trace.assigned}:
        found["variables"] = variables
    if rehearsal.handling and (details := describe_handling(rehearsal.handling, decision)):
        found["errorDetails"] = details
    return found


def _list_stages(rehearsal: Rehearsal) -> Stages:
    """Yield the data on the way in their order. Raises EvaluationFailed if a field cannot be evaluated."""
    state, flow = rehearsal.state, getattr(rehearsal.state, "flow", None)
    if not isinstance(flow, JsonPathFlow):
        yield from _list_jsonata_stages(rehearsal)
    elif isinstance(state, Pass) and state.result:
        yield "result", state.result.value
        yield from _list_outcome_stages(rehearsal, flow, state.result.value, "entry")
    else:
        yield "afterInputPath", flow.select(rehearsal.visit())
        yield from _list_work_stages(rehearsal, flow)


def _list_jsonata_stages(rehearsal: Rehearsal) -> Stages:
    trace = rehearsal.trace
    if rehearsal.tested.language is QueryLanguage.JSONPATH:
        # A Fail state has no data flow, and thus no language of its own.
        yield "afterInputPath", rehearsal.test.input
    if trace.arguments is not ABSENT:
        yield "afterArguments", trace.arguments
    if isinstance(rehearsal.state, Map):
        yield from _list_item_stages(rehearsal, rehearsal.state)
    elif trace.result is not ABSENT and isinstance(rehearsal.state, Task):
        yield "result", trace.result


def _list_work_stages(rehearsal: Rehearsal, flow: JsonPathFlow) -> Stages:
    state, result = rehearsal.state, rehearsal.trace.result
    if isinstance(state, Parallel | Pass | Task):
        arguments = flow.build_arguments(rehearsal.visit())
        yield "afterParameters", arguments
        if isinstance(state, Pass):
            yield from _list_outcome_stages(rehearsal, flow, arguments, "entry")
    if isinstance(state, Map):
        yield from _list_item_stages(rehearsal, state)
    if result is not ABSENT:
        if isinstance(state, Task):
            yield "result", result
        yield from _list_outcome_stages(rehearsal, flow, result, "outcome")


def _list_item_stages(rehearsal: Rehearsal, state: Map) -> Stages:
    """Yield the items of a Map, and what its fields make of them."""
    trace, fields = rehearsal.trace, rehearsal.tested.fields
    if trace.items is None:
        return
    if trace.pointed is not ABSENT:
        if _has_pointer(fields):
            yield "afterItemsPointer", trace.pointed
    elif rehearsal.tested.language is QueryLanguage.JSONPATH:
        yield "afterItemsPath", list(trace.items)
    if trace.inputs is not None and state.selector is not None:
        yield "afterItemSelector", trace.inputs
    if trace.batches is not None:
        yield "afterItemBatcher", trace.batches


def _has_pointer(fields: Mapping[str, Json]) -> bool:
    reader = fields.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    return isinstance(config, dict) and "ItemsPointer" in config


def _list_outcome_stages(rehearsal: Rehearsal, flow: JsonPathFlow, outcome: Json, phase: str) -> Stages:
    visit = rehearsal.visit(phase)
    selector = flow.result_selector
    selected = outcome if selector is None else selector.evaluate(outcome, visit)
    yield "afterResultSelector", selected
    yield "afterResultPath", flow.result_path.insert(selected, visit.input)
