"""A test to copy for your own function: call `handle` with a task made by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app import Event, handle
from delayed_task.task import DueTask

EVENT: Event = {"expirydate": 11, "a": 1233333}
TASK = DueTask.of_execution(
    "arn:aws:states:us-east-1:123456789012:execution:delay:order-42",
    datetime(2026, 11, 24, 1, 0, 11, tzinfo=UTC),
)


def test_greeting_returns_the_event() -> None:
    """The result becomes the execution's output."""
    assert handle(EVENT, TASK) == {"message": "hello world", "received": EVENT}


def test_greeting_needs_no_task() -> None:
    """A bare call, as from `sam local invoke`, has none."""
    assert handle(EVENT, None) == {"message": "hello world", "received": EVENT}


def test_greeting_logs_the_key_of_its_task(debug_lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The key is what your work passes on to make its own calls idempotent."""
    handle(EVENT, TASK)
    (line,) = debug_lines()
    assert (line["level"], line["message"], line["idempotency_key"]) == ("DEBUG", "Greeting", "order-42")
