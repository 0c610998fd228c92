"""How often a task's work is done: as often as it is called, or once by the records of a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from delayed_task.task import DueTask

Result = TypeVar("Result")


class Doing(Protocol):
    """Does a task's work, or answers for it. Without a task there is nothing to know the call by."""

    def __call__(self, work: Callable[[], Result], task: DueTask | None, context: LambdaContext) -> Result:
        """Return what the work returned, in this call or an earlier one."""
        ...


def chosen_by_environment() -> Doing:
    """Do a task once where IDEMPOTENCY_TABLE names a DynamoDB table, otherwise as often as it is called."""
    table = os.environ.get("IDEMPOTENCY_TABLE")
    if not table:
        return at_least_once
    # boto3 and what reads records take longer to import than all else together.
    from delayed_task.idempotency import Once, table_of_records  # noqa: PLC0415

    return Once(table_of_records(table))


def at_least_once(
    work: Callable[[], Result],
    task: DueTask | None,  # noqa: ARG001 - every call is the same
    context: LambdaContext,  # noqa: ARG001 - likewise
) -> Result:
    """Do the work in every call."""
    return work()
