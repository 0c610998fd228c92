"""Runs a task once: Powertools Idempotency keeps a record of each task in a DynamoDB table."""

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
"""How long a record is kept. A repeated call may come from a redrive of the execution, up to 14 days later,
or from another generation of the key, weeks later. After 90 days a different task may have the name.
Source: StartExecution and RedriveExecution in the API Reference."""


class _RecordedResult(TypedDict, Generic[Result]):
    """The value in a record. Powertools returns None for an empty result, so the result is wrapped."""

    result: Result


class IdempotentRunner:
    """Runs a task's work in one call, and returns its recorded result in later ones.

    Raises TryAgain while another call is running the work, or if the table cannot be reached. Work that
    raises leaves no record, so a redrive runs it again. Work that is killed blocks other calls until the
    function's timeout.
    """

    def __init__(self, records: BasePersistenceLayer) -> None:
        self._records = records

    def __call__(self, work: Callable[[], Result], task: DueTask | None, context: LambdaContext) -> Result:
        """Return the work's result, from this call or an earlier one."""
        if task is None:
            return work()
        attempt = _Attempt(work)
        try:
            return self._run_once(attempt, task, context)
        except BaseError as error:
            return attempt.recover_from(error)

    def _run_once(self, attempt: _Attempt[Result], task: DueTask, context: LambdaContext) -> Result:
        config = IdempotencyConfig(
            expires_after_seconds=EXPIRY_SECONDS,
            hash_function="sha256",
            lambda_context=context,
            response_hook=_log_repetition,
        )
        run = idempotent_function(
            attempt.run,
            data_keyword_argument="task",
            persistence_store=self._records,
            config=config,
            # Not the names of module and function, which the next release may change.
            key_prefix=context.function_name,
        )
        recorded: _RecordedResult[Result] = run(task=task.identity)
        return recorded["result"]


class _Attempt(Generic[Result]):
    """The work in this call and its outcome, on which the meaning of an error of the records depends."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._recorded: _RecordedResult[Result] | None = None
        self._error: Exception | None = None

    def run(self, *, task: str) -> _RecordedResult[Result]:  # noqa: ARG002 - Powertools finds the record by it
        """Run the work."""
        try:
            self._recorded = {"result": self._work()}
        except Exception as error:
            self._error = error
            raise
        return self._recorded

    def recover_from(self, error: BaseError) -> Result:
        """Return the work's result or raise its error; raise TryAgain if the work was not begun.

        Work without a record may be repeated by a later call, but in this one it was done.
        """
        if self._error is not None:
            raise self._error
        if self._recorded is None:
            raise TryAgain(f"The work was not begun: {error}") from error
        logger.error("The task is done, but not recorded as done", exc_info=error)
        return self._recorded["result"]


def open_table(name: str) -> DynamoDBPersistenceLayer:
    """Return the records in a table with the string partition key `id` and the time to live `expiration`."""
    # These give up well before the function's timeout, so that the call ends in TryAgain, not in silence.
    patience = Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 4}
    )
    return DynamoDBPersistenceLayer(name, boto_config=patience)


def _log_repetition(response: Result, idempotent_data: DataRecord) -> Result:  # noqa: ARG001 - Powertools passes both
    logger.info("Task was done before")
    return response
