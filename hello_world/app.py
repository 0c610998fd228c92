"""Your delayed task: replace `Event`, `Greeting` and `handle` with your own work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from delayed_task.handler import run
from delayed_task.observability import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from delayed_task.task import DueTask


class Event(TypedDict):
    """The execution's whole input: the delay in seconds, and the payload."""

    expirydate: int
    a: NotRequired[int]


class Greeting(TypedDict):
    """The execution's output: JSON of at most 256 KiB."""

    message: str
    received: Event


def handle(event: Event, task: DueTask | None) -> Greeting:
    """Do the task's work and return its result, or raise the error that fails the task.

    A task may be handled more than once: docs/how-to/handler.md says when, and how to prepare for it.
    `task.key` is the same each time, so it is the idempotency key for the services that you call.
    `task` is None if the call has no readable client context, as from the real `sam local`.
    """
    logger.debug("Greeting", idempotency_key=task.key if task else None)
    return {"message": "hello world", "received": event}


def lambda_handler(event: Event, context: LambdaContext) -> Greeting:
    """Handle one due task: the entry point that template.yaml names."""
    return run(event, context, handle)
