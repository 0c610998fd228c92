"""Runs a rehearsal: follows the decisions of its state until the state ends, or until it calls a service.

`begin` yields between the items of a Map, so that a large one does not hold up other requests.
"""

from collections.abc import Generator
from typing import Final, TypeAlias, TypeVar

from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.engine.execution.call import CallOutcome
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.variables import dump_assigned, exceeds_assign_limit
from stepfunctions_local.inspection.inspect import collect_inspection
from stepfunctions_local.inspection.items import build_batches, read_items
from stepfunctions_local.inspection.mock import ABSENT, Mock
from stepfunctions_local.inspection.rehearsal import ENTERED_EVENT_ID, Inputs, Rehearsal
from stepfunctions_local.inspection.requirements import TOO_MANY_FAILURES
from stepfunctions_local.inspection.result import StateResult, Status
from stepfunctions_local.inspection.tolerance import exceeds_tolerance
from stepfunctions_local.language import (
    Begin,
    Call,
    Decision,
    FailedEvaluation,
    Failure,
    Fork,
    ForkingState,
    Json,
    Proceed,
    RetryAfter,
    WaitUntil,
    parse_json,
)
from stepfunctions_local.language.evaluation import EvaluationFailed, build_data_limit_failure

T = TypeVar("T")

InSteps: TypeAlias = Generator[None, None, T]
"""Work that returns a value, and yields now and then so that other work can go on."""

EXCEEDED: Final = Failure(
    "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
)


def finish(work: InSteps[T]) -> T:
    """Return what the work returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value


def begin(rehearsal: Rehearsal) -> InSteps[StateResult | Call]:
    """Return the result of the state or, for a Task without a mock, the call that it makes.

    Raises:
        ValidationException: more items of a Map are said to have failed than it has.

    """
    decision = _enter(rehearsal)
    mock = rehearsal.test.mock
    match decision:
        case Call():
            rehearsal.trace.arguments = decision.parameters
            if Document.of(decision.parameters).is_too_large:
                decision = _fail(rehearsal, build_data_limit_failure(rehearsal.state.name))
            elif mock is None:
                return decision
            else:
                decision = _end_work(rehearsal, mock)
        case Fork() if mock is not None:
            decision = yield from _run_branches(rehearsal, decision, mock)
        case WaitUntil():
            decision = rehearsal.state.wake(rehearsal.visit("outcome"))
    return _conclude(rehearsal, decision)


def go_on(rehearsal: Rehearsal, outcome: CallOutcome) -> StateResult:
    """Return the result of a Task whose call has this outcome."""
    if isinstance(outcome, Failure):
        return _conclude(rehearsal, _fail(rehearsal, outcome))
    if Document(outcome.text).is_too_large:
        return _conclude(rehearsal, _fail(rehearsal, build_data_limit_failure(rehearsal.tested.resource)))
    return _conclude(rehearsal, _succeed(rehearsal, parse_json(outcome.text)))


def _enter(rehearsal: Rehearsal) -> Decision:
    if "ItemReader" not in rehearsal.tested.fields or rehearsal.tested.type_name != "Map":
        return rehearsal.state.enter(rehearsal.visit())
    try:
        text = rehearsal.test.configuration.item_reader_data
        rehearsal.trace.pointed, items = read_items(rehearsal.tested, text)
    except EvaluationFailed as failed:
        return _fail(rehearsal, failed.to_failure(rehearsal.state.name, ENTERED_EVENT_ID))
    return Fork(items, len(items))


def _succeed(rehearsal: Rehearsal, result: Json) -> Decision:
    rehearsal.trace.result = result
    return rehearsal.state.succeed(rehearsal.visit("outcome"), result)


def _fail(rehearsal: Rehearsal, failure: Failure) -> Decision:
    return rehearsal.state.fail(rehearsal.visit("outcome"), failure)


def _end_work(rehearsal: Rehearsal, mock: Mock) -> Decision:
    """End the work of the state as the mock says."""
    if mock.result is ABSENT:
        return _fail(rehearsal, Failure(mock.error, mock.cause))
    return _succeed(rehearsal, mock.result)


def _run_branches(rehearsal: Rehearsal, fork: Fork, mock: Mock) -> InSteps[Decision]:
    """Evaluate the inputs of all branches, and end the work of the state as the mock says."""
    failed, trace = rehearsal.test.configuration.failed_iterations or 0, rehearsal.trace
    trace.items = fork.items
    if fork.items and failed > len(fork.items):
        raise ValidationException(TOO_MANY_FAILURES)
    obstacle = yield from _evaluate_inputs(rehearsal, fork)
    if obstacle is not None:
        return obstacle
    if mock.result is not ABSENT and exceeds_tolerance(rehearsal, failed, mock.result):
        return _fail(rehearsal, EXCEEDED)
    return _end_work(rehearsal, mock)


def _evaluate_inputs(rehearsal: Rehearsal, fork: Fork) -> InSteps[Decision | None]:
    """Evaluate the inputs of a Map's branches. Return the decision that follows if one cannot be."""
    state, inputs = rehearsal.state, Inputs()
    for index, item in enumerate(fork.items):
        if isinstance(state, ForkingState) and not state.hands_items_on:
            begun = state.begin(rehearsal.visit(f"item {index}", (index, item)), index, item)
            if not isinstance(begun, Begin):
                return begun
            inputs.add(begun.input)
            yield
        else:
            inputs.add(item)
    rehearsal.trace.inputs = inputs.values
    return None if inputs.values is None else _build_batches(rehearsal, inputs.values)


def _build_batches(rehearsal: Rehearsal, inputs: list[Json]) -> Decision | None:
    """Cut the inputs into batches. Return the decision that follows if their size cannot be evaluated."""
    try:
        visit = rehearsal.visit("batches")
        rehearsal.trace.batches = build_batches(rehearsal.tested, inputs, rehearsal.test.input, visit)
    except EvaluationFailed as failed:
        return _fail(rehearsal, failed.to_failure(rehearsal.state.name, ENTERED_EVENT_ID))
    return None


def _conclude(rehearsal: Rehearsal, decision: Decision) -> StateResult:
    """Return the result that the last decision of the state means."""
    final = decision.then if isinstance(decision, FailedEvaluation) else decision
    handling = rehearsal.handling
    if isinstance(final, Proceed) and _is_too_large(final):
        final = build_data_limit_failure(rehearsal.state.name)
    if isinstance(final, Failure):
        return _build_result(rehearsal, final, Status.FAILED, final)
    failure = handling.seen[-1] if handling and handling.seen else None
    if isinstance(final, RetryAfter):
        return _build_result(rehearsal, final, Status.RETRIABLE, failure)
    return _build_result(rehearsal, final, Status.CAUGHT_ERROR if failure else Status.SUCCEEDED, failure)


def _is_too_large(decision: Proceed) -> bool:
    texts = dump_assigned(decision.assigned)
    return Document.of(decision.output).is_too_large or (bool(texts) and exceeds_assign_limit(texts))


def _build_result(
    rehearsal: Rehearsal, decision: Decision, status: Status, failure: Failure | None
) -> StateResult:
    end = decision if isinstance(decision, Proceed) else Proceed(None, None)
    rehearsal.trace.assigned = end.assigned
    return StateResult(
        status,
        end.output,
        end.next,
        failure.error if failure else None,
        failure.cause if failure else None,
        collect_inspection(rehearsal, decision),
    )
