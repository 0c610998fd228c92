"""What a delayed task does when it is due: put your own work into `handle`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NotRequired, TypedDict

from delayed_task.handler import chosen_by_environment
from delayed_task.observability import logger, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from delayed_task.task import DueTask

do = chosen_by_environment()


class Event(TypedDict):
    """The execution's whole input: the delay in seconds, and the payload that the task was scheduled with."""

    expirydate: int
    a: NotRequired[int]


class Greeting(TypedDict):
    """The execution's output. Step Functions takes at most 256 KiB of it."""

    message: str
    received: Event


def handle(event: Event, task: DueTask | None) -> Greeting:  # noqa: ARG001 - for the work that comes here
    """Do the work of one task.

    It may be called more than once for a task: docs/how-to/handler.md says when, and what helps. `task` has
    the key, for whatever you call that takes an idempotency key; it is None where no execution calls.
    """
    return {"message": "hello world", "received": event}


def utc_now() -> datetime:
    """Return the time that lateness is measured by."""
    return datetime.now(UTC)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(
    event: Event, context: LambdaContext, *, clock: Callable[[], datetime] = utc_now
) -> Greeting:
    """Handle one due task, as Lambda calls it."""
    task = report(event, context.client_context, clock())
    return do(partial(handle, event, task), task, context)
