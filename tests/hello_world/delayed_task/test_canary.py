"""The stack's canary: the function answers it before your work, your records and your metrics."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from delayed_task import handler
from delayed_task.canary import MARK, RESULT, is_canary
from delayed_task.handler import run

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
CANARY_EVENT = {"expirydate": 5, MARK: True}
ARN = "arn:aws:states:us-east-1:123456789012:execution:delay:"
CANARY_ARN = f"{ARN}{MARK}-d32c5kddcf5bb8c3"


def fail(_event: object, _task: object) -> str:
    pytest.fail("the work was run")


def echo(event: dict[str, Any], _task: object) -> dict[str, Any]:
    return event


def client_context(execution: str) -> dict[str, Any]:
    return {"custom": {"execution": execution, "startTime": START.isoformat()}}


def run_late(event: dict[str, Any], context: LambdaContext, work: Callable[..., Any]) -> Any:
    return run(event, context, work, clock=lambda: START + timedelta(seconds=7))


def test_canary_never_reaches_handle(context: Contexts) -> None:
    """Its execution succeeds all the same."""
    assert run_late(CANARY_EVENT, context(client_context(CANARY_ARN)), fail) == RESULT


def test_canary_leaves_no_record(context: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records cost writes, and outlive it by 89 days."""
    monkeypatch.setattr(handler, "_runner", fail)
    assert run_late(CANARY_EVENT, context(client_context(CANARY_ARN)), fail) == RESULT


def test_canary_is_logged_but_not_measured(context: Contexts, log_lines: Lines, metrics: Lines) -> None:
    """Canaries would hide the lateness of the tasks of a quiet stack."""
    run_late(CANARY_EVENT, context(client_context(CANARY_ARN)), fail)
    (line,) = log_lines()
    assert (line["message"], line["lateness_seconds"]) == ("Task is due", 2.0)
    assert line["task_key"].startswith(MARK)
    assert metrics() == []


def test_canary_without_client_context_never_reaches_handle(context: Contexts) -> None:
    """The real `sam local` drops it."""
    assert run_late(CANARY_EVENT, context(None), fail) == RESULT


@pytest.mark.parametrize(
    "event",
    [{"expirydate": 5, MARK: True, "order": 42}, {"expirydate": 5}, {"expirydate": 5, "canary": True}],
)
def test_task_that_resembles_a_canary_is_handled(
    context: Contexts, metrics: Lines, event: dict[str, Any]
) -> None:
    """No work of yours is swallowed: the mark must be the whole payload."""
    assert run_late(event, context(client_context(CANARY_ARN)), echo) == event
    assert len(metrics()) == 1


@pytest.mark.parametrize("event", [None, [], MARK, 1])
def test_event_that_is_no_object_is_no_canary(event: object) -> None:
    """The definition's input is one, but a person can call the function with any JSON."""
    assert not is_canary(event)
