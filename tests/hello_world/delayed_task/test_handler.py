"""What the function does when a task is due."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]

EVENTS = sorted(Path(__file__).parents[3].joinpath("events").glob("*.json"))
EVENT = {"expirydate": 11, "a": 1233333}
CLIENT_CONTEXT = {
    "custom": {
        "execution": "arn:aws:states:us-east-1:123456789012:execution:delay:order-42",
        "startTime": "2026-11-24T01:00:00.123Z",
    }
}


def two_seconds_late() -> datetime:
    return datetime(2026, 11, 24, 1, 0, 13, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("client_context", [CLIENT_CONTEXT, None], ids=["due task", "bare call"])
def test_it_greets_with_what_it_was_given(
    app: ModuleType, context: Contexts, path: Path, client_context: dict[str, Any] | None
) -> None:
    """Every event of events/ is answered, whether an execution calls or `sam local invoke`."""
    event = json.loads(path.read_text())
    answer = app.lambda_handler(event, context(client_context))
    assert json.loads(json.dumps(answer)) == {"message": "hello world", "received": event}


def test_it_logs_which_task_is_due_and_how_late(app: ModuleType, context: Contexts, log_lines: Lines) -> None:
    """One line holds the task's key, its due time and its lateness."""
    app.lambda_handler(EVENT, context(CLIENT_CONTEXT), clock=two_seconds_late)
    (line,) = log_lines()
    assert (line["level"], line["message"], line["task_key"]) == ("INFO", "Task is due", "order-42")
    assert (line["due_time"], line["lateness_seconds"]) == ("2026-11-24T01:00:11.123000+00:00", 2.0)


def test_a_rescheduled_task_is_logged_under_its_key(
    app: ModuleType, context: Contexts, log_lines: Lines
) -> None:
    """The suffix of its execution's name is told as its generation."""
    custom = CLIENT_CONTEXT["custom"]
    rescheduled = {"custom": custom | {"execution": custom["execution"] + "--g3-g19"}}
    app.lambda_handler(EVENT, context(rescheduled), clock=two_seconds_late)
    (line,) = log_lines()
    assert (line["task_key"], line["generation"]) == ("order-42", 3)


def test_it_measures_lateness(app: ModuleType, context: Contexts, metrics: Lines) -> None:
    """Lateness is a metric in seconds, by service alone; the key goes along without becoming a dimension."""
    app.lambda_handler(EVENT, context(CLIENT_CONTEXT), clock=two_seconds_late)
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


def test_each_call_measures_its_own_task(app: ModuleType, context: Contexts, metrics: Lines) -> None:
    """A warm function carries nothing over from the task before."""
    app.lambda_handler(EVENT, context(CLIENT_CONTEXT), clock=two_seconds_late)
    app.lambda_handler({"expirydate": 12}, context(CLIENT_CONTEXT), clock=two_seconds_late)
    assert [written["Lateness"] for written in metrics()] == [[2.0], [1.0]]


def test_a_call_without_client_context_is_not_worth_a_line(
    app: ModuleType, context: Contexts, log_lines: Lines, metrics: Lines
) -> None:
    """Without client context there is no task to speak of, and nothing wrong either."""
    app.lambda_handler(EVENT, context(None), clock=two_seconds_late)
    assert (log_lines(), metrics()) == ([], [])


@pytest.mark.parametrize(
    "custom", [None, "text", [], {}, {"execution": 1}, {"execution": "a", "startTime": "b"}]
)
def test_a_malformed_client_context_is_a_warning(
    app: ModuleType, context: Contexts, log_lines: Lines, metrics: Lines, custom: object
) -> None:
    """The task is done all the same; the log says why its lateness is not known."""
    answer = app.lambda_handler(EVENT, context({"custom": custom}), clock=two_seconds_late)
    (line,) = log_lines()
    assert answer["received"] == EVENT
    assert (line["level"], line["message"]) == ("WARNING", "Cannot tell the task's due time")
    assert "must be" in line["reason"]
    assert metrics() == []


def test_the_payload_stays_out_of_the_log(
    app: ModuleType, context: Contexts, log_lines: Lines, metrics: Lines
) -> None:
    """Payloads may name people: neither a line nor a metric repeats them."""
    app.lambda_handler({"expirydate": 11, "name": "Zoë"}, context(CLIENT_CONTEXT), clock=two_seconds_late)
    written = json.dumps([*log_lines(), *metrics()], ensure_ascii=False)
    assert "order-42" in written
    assert "Zoë" not in written


def test_lateness_is_measured_by_utc(app: ModuleType) -> None:
    """The function's own clock is timezone-aware."""
    assert app.utc_now().tzinfo is UTC
