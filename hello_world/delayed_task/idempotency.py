"""Does a task once, by Powertools Idempotency: a record for each task, in a DynamoDB table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypedDict, TypeVar

from aws_lambda_powertools.utilities.idempotency import (
    BasePersistenceLayer,
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import BaseError
from botocore.config import Config

from delayed_task.errors import TryAgain
from delayed_task.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from delayed_task.task import DueTask

Result = TypeVar("Result")

EXPIRY_SECONDS: Final = 89 * 86_400
"""How long a task is known to be done. A call too many may come until the redrive of its execution, 14 days
later, or from another generation of its key, weeks later. A different task may have the name after 90 days.
Source: StartExecution and RedriveExecution in the API Reference."""


class _Outcome(TypedDict, Generic[Result]):
    """What is recorded. Powertools answers None for a recorded result that is empty, so it is wrapped."""

    result: Result


class Once:
    """Does a task's work in one call, and answers others with its result.

    A call that comes while another is at work, or that cannot reach the table, raises TryAgain. Work that
    raises leaves no record, so a redrive does it again. Work that was killed holds others off until the
    function's timeout.
    """

    def __init__(self, records: BasePersistenceLayer) -> None:
        self._records = records

    def __call__(self, work: Callable[[], Result], task: DueTask | None, context: LambdaContext) -> Result:
        """Return what the work returned, in this call or an earlier one."""
        if task is None:
            return work()
        attempt = _Attempt(work)
        try:
            return self._recorded(attempt, task, context)
        except BaseError as error:
            return attempt.outcome_despite(error)

    def _recorded(self, attempt: _Attempt[Result], task: DueTask, context: LambdaContext) -> Result:
        config = IdempotencyConfig(
            expires_after_seconds=EXPIRY_SECONDS,
            hash_function="sha256",
            lambda_context=context,
            response_hook=_report_repetition,
        )
        make = idempotent_function(
            attempt.make,
            data_keyword_argument="task",
            persistence_store=self._records,
            config=config,
            # Not the names of module and function, which the next release may change.
            key_prefix=context.function_name,
        )
        outcome: _Outcome[Result] = make(task=task.first_execution)
        return outcome["result"]


class _Attempt(Generic[Result]):
    """The work in this call, and how it ended: what an error of the records means depends on that."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._outcome: _Outcome[Result] | None = None
        self._error: Exception | None = None

    def make(self, *, task: str) -> _Outcome[Result]:  # noqa: ARG002 - what Powertools tells calls apart by
        """Do the work."""
        try:
            self._outcome = {"result": self._work()}
        except Exception as error:
            self._error = error
            raise
        return self._outcome

    def outcome_despite(self, error: BaseError) -> Result:
        """Return or raise what the work did; without a record it may be repeated, but it was done."""
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise TryAgain(f"The work was not begun: {error}") from error
        logger.error("The task is done, but not recorded as done", exc_info=error)
        return self._outcome["result"]


def table_of_records(name: str) -> DynamoDBPersistenceLayer:
    """Keep records in a table with the partition key `id`, a string, and the time to live `expiration`."""
    # Given up well before the function's timeout, so that TryAgain is said rather than nothing.
    patience = Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 4}
    )
    return DynamoDBPersistenceLayer(name, boto_config=patience)


def _report_repetition(response: Result, idempotent_data: DataRecord) -> Result:  # noqa: ARG001 - a hook's
    logger.info("Task was done before")
    return response
