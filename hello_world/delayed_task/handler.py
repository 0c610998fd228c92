"""Runs `handle` for a due task: in every call, or once if a table keeps records of finished tasks."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from delayed_task.canary import RESULT, is_canary
from delayed_task.observability import find_due_task, logger, report_due_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from delayed_task.task import DueTask

Event = TypeVar("Event")
Result = TypeVar("Result")


class Runner(Protocol):
    """Runs a task's work, or returns the result of an earlier run. Without a task it runs the work."""

    def __call__(self, work: Callable[[], Result], task: DueTask | None, context: LambdaContext) -> Result:
        """Return the work's result, from this call or an earlier one."""
        ...


def choose_runner() -> Runner:
    """Return the runner with records if IDEMPOTENCY_TABLE names a DynamoDB table, else the plain one."""
    table = os.environ.get("IDEMPOTENCY_TABLE")
    if not table:
        return run_every_time
    # Imported only for a table: with boto3 it takes longer than all other imports together.
    from delayed_task.idempotency import IdempotentRunner, open_table  # noqa: PLC0415

    return IdempotentRunner(open_table(table))


def run_every_time(
    work: Callable[[], Result],
    task: DueTask | None,  # noqa: ARG001 - the runner that keeps records needs it
    context: LambdaContext,  # noqa: ARG001 - likewise
) -> Result:
    """Run the work in every call."""
    return work()


def utc_now() -> datetime:
    """Return the current time in UTC, from which lateness is measured."""
    return datetime.now(UTC)


_runner = choose_runner()
"""Chosen at import, so that Lambda opens the table while it starts the function."""


@logger.inject_lambda_context(clear_state=True)
def run(
    event: Event,
    context: LambdaContext,
    handle: Callable[[Event, DueTask | None], Result],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> Result:
    """Report the task that called, run `handle` for it, and return its result.

    For the stack's canary, return without `handle` and without a record.
    """
    return run_task(event, find_due_task(event, context.client_context), context, handle, clock)


def run_task(
    event: Event,
    task: DueTask | None,
    context: LambdaContext,
    handle: Callable[[Event, DueTask | None], Result],
    clock: Callable[[], datetime] = utc_now,
) -> Result:
    """Do the same for a known task, of either store."""
    if task is not None:
        report_due_task(event, task, clock())
    if is_canary(event):
        return cast("Result", RESULT)  # Lambda writes it as JSON, and nothing else reads it
    return _runner(partial(handle, event, task), task, context)
