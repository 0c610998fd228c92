"""The tolerance of a Map for failed items, and its other numbers."""

from contextlib import suppress

from stepfunctions_local.inspection.rehearsal import Rehearsal
from stepfunctions_local.language import Json
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.reference import Number
from stepfunctions_local.language.states.map import Map


def exceeds_tolerance(rehearsal: Rehearsal, failed: int, result: Json) -> bool:
    """Whether a Map tolerates fewer failed items. As recorded, one without a tolerance tolerates all."""
    numbers, items = evaluate_numbers(rehearsal), rehearsal.trace.items
    total = len(items) if items else len(result) if isinstance(result, list) else 0
    count, percentage = numbers.get("toleratedFailureCount"), numbers.get("toleratedFailurePercentage")
    return (count is not None and failed > count) or (
        percentage is not None and failed * 100 > percentage * total
    )


def evaluate_numbers(rehearsal: Rehearsal) -> dict[str, float]:
    """Return the numbers of a Map by their names in the inspection data, without those that are not there."""
    state = rehearsal.state
    if not isinstance(state, Map):
        return {}
    numbers: dict[str, float] = {
        "maxConcurrency": int(_evaluate(rehearsal, state, state.max_concurrency) or 0)
    }
    for number in state.tolerances:
        if (value := _evaluate(rehearsal, state, number)) is not None:
            name = number.field[:1].lower() + number.field[1:]
            numbers[name] = number.kind(value)
    return numbers


def _evaluate(rehearsal: Rehearsal, state: Map, number: Number) -> float | None:
    """Return a number, or None if it is absent or cannot be evaluated, which fails the state elsewhere."""
    visit = rehearsal.visit()
    with suppress(EvaluationFailed):  # the result of the state says so
        return number.evaluate(state.flow.select(visit), visit)
    return None
