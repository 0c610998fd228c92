"""The handler of a due task: its result, its log lines and its metric."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from delayed_task.handler import run, utc_now
from delayed_task.task import DueTask

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]

EVENT = {"expirydate": 11, "a": 1233333}
CLIENT_CONTEXT = {
    "custom": {
        "execution": "arn:aws:states:us-east-1:123456789012:execution:delay:order-42",
        "startTime": "2026-11-24T01:00:00.123Z",
    }
}


def echo(event: dict[str, Any], task: DueTask | None) -> dict[str, Any]:
    return {"received": event, "key": task.key if task else None}


def run_two_seconds_late(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    now = datetime(2026, 11, 24, 1, 0, 13, 123_000, tzinfo=UTC)
    return run(event, context, echo, clock=lambda: now)


def test_handler_passes_event_and_task_to_handle(context: Contexts) -> None:
    """The result of `handle` is the result of the call."""
    assert run_two_seconds_late(EVENT, context(CLIENT_CONTEXT)) == {"received": EVENT, "key": "order-42"}


def test_due_task_is_logged_with_its_lateness(context: Contexts, log_lines: Lines) -> None:
    """One line has the task's key, due time and lateness."""
    run_two_seconds_late(EVENT, context(CLIENT_CONTEXT))
    (line,) = log_lines()
    assert (line["level"], line["message"], line["task_key"]) == ("INFO", "Task is due", "order-42")
    assert (line["due_time"], line["lateness_seconds"]) == ("2026-11-24T01:00:11.123000+00:00", 2.0)


def test_rescheduled_task_is_logged_under_its_key(context: Contexts, log_lines: Lines) -> None:
    """The suffix of the execution's name is logged as the generation."""
    custom = CLIENT_CONTEXT["custom"]
    rescheduled = {"custom": custom | {"execution": custom["execution"] + "--g3-g19"}}
    run_two_seconds_late(EVENT, context(rescheduled))
    (line,) = log_lines()
    assert (line["task_key"], line["generation"]) == ("order-42", 3)


def test_lateness_is_a_metric_of_the_service(context: Contexts, metrics: Lines) -> None:
    """It is in seconds; its only dimension is the service, and the task's key is metadata."""
    run_two_seconds_late(EVENT, context(CLIENT_CONTEXT))
    (written,) = metrics()
    assert written["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "DelayedTasks",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "Lateness", "Unit": "Seconds"}],
        }
    ]
    assert (written["Lateness"], written["service"]) == ([2.0], "delayed-tasks")
    assert written["task_key"] == "order-42"


def test_warm_call_measures_only_its_own_task(context: Contexts, metrics: Lines) -> None:
    """A warm function keeps nothing of the previous task."""
    run_two_seconds_late(EVENT, context(CLIENT_CONTEXT))
    run_two_seconds_late({"expirydate": 12}, context(CLIENT_CONTEXT))
    assert [written["Lateness"] for written in metrics()] == [[2.0], [1.0]]


def test_call_without_client_context_logs_nothing(
    context: Contexts, log_lines: Lines, metrics: Lines
) -> None:
    """Such a call has no task, and that is no error."""
    run_two_seconds_late(EVENT, context(None))
    assert (log_lines(), metrics()) == ([], [])


@pytest.mark.parametrize(
    "custom", [None, "text", [], {}, {"execution": 1}, {"execution": "a", "startTime": "b"}]
)
def test_malformed_client_context_logs_a_warning(
    context: Contexts, log_lines: Lines, metrics: Lines, custom: object
) -> None:
    """The task is handled anyway, and the log gives the reason for the unknown lateness."""
    answer = run_two_seconds_late(EVENT, context({"custom": custom}))
    (line,) = log_lines()
    assert answer["received"] == EVENT
    assert (line["level"], line["message"]) == ("WARNING", "Cannot tell the task's due time")
    assert "must be" in line["reason"]
    assert metrics() == []


def test_payload_stays_out_of_log_and_metrics(context: Contexts, log_lines: Lines, metrics: Lines) -> None:
    """Payloads may contain personal data."""
    run_two_seconds_late({"expirydate": 11, "name": "Zoë"}, context(CLIENT_CONTEXT))
    written = json.dumps([*log_lines(), *metrics()], ensure_ascii=False)
    assert "order-42" in written
    assert "Zoë" not in written


def test_clock_is_in_utc() -> None:
    """Lateness is computed from timezone-aware times."""
    assert utc_now().tzinfo is UTC
