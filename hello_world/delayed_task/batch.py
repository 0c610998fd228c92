"""Runs a batch of due tasks from a table's queue, each as a call of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from delayed_task.errors import TryAgain
from delayed_task.handler import run_task
from delayed_task.observability import logger
from delayed_task.task import DueTask
from task_table.call import DueRow, Return, Worker
from task_table.sending import Sender

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from task_table.connection import Connection
    from task_table.ports import Clock

Handle: TypeAlias = Callable[[Any, DueTask | None], object]
"""Does a task's work: `handle` in app.py."""

_MARGIN_MS: Final = 1_000
"""The time kept after a call's last task, to record the end and to answer."""


class GivenBack(Exception):
    """The message is in the queue again. Powertools takes an exception for an item that failed."""


class Exited(Exception):
    """The work ended the process, which would have failed the other tasks of the batch."""


class Caller:
    """Calls the tasks of batches.

    `table` is the table's name.
    """

    def __init__(self, connection: Connection, table: str, handle: Handle, clock: Clock) -> None:
        self._connection = connection
        self._table = table
        self._handle = handle
        self._clock = clock
        self._sender = Sender(connection.queue, clock)

    def run(self, event: Mapping[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        """Call the task of each message, and return the messages that stay in the queue."""
        batch = _Batch(self._connection, self._build_worker(context), context)
        # For each message, so that no line has the key of the task before.
        process = logger.inject_lambda_context(batch.process, clear_state=True)
        return process_partial_response(
            event=dict(event),
            record_handler=lambda record: process(record, context),
            processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
            context=context,
        )

    def _build_worker(self, context: LambdaContext) -> Worker:
        return Worker(
            self._connection.table,
            self._sender,
            self._connection.letters,
            clock=self._clock,
            settings=self._connection.settings,
            handle=partial(self._call, context),
        )

    def _call(self, context: LambdaContext, event: Mapping[str, Any], row: DueRow) -> object:
        try:
            result = run_task(event, self._describe(row), context, self._handle, self._read_clock)
            json.dumps(result)  # the worker does it too, and records an error that the log should have
        except TryAgain as error:
            logger.info("Attempt is to be repeated", attempt=row.attempt, reason=str(error))
            raise
        except Exception:
            logger.exception("Attempt failed", attempt=row.attempt)
            raise
        except SystemExit as error:
            logger.exception("Attempt failed", attempt=row.attempt)
            raise Exited(f"The work ended its process: {error}") from error
        return result

    def _describe(self, row: DueRow) -> DueTask:
        return DueTask(
            key=row.key,
            due_time=datetime.fromtimestamp(row.due, UTC),
            identity=f"{self._table}:{row.made}",
            generation=row.moves + 1,
        )

    def _read_clock(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


class _Batch:
    """One call of the function. Its context has the time at which Lambda ends it."""

    def __init__(self, connection: Connection, worker: Worker, context: LambdaContext) -> None:
        self._connection = connection
        self._worker = worker
        self._context = context
        self._longest_ms = 0

    def process(self, record: SQSRecord, _context: LambdaContext) -> None:
        """Call the task of a message.

        Raises:
            GivenBack: the message stays in the queue.

        """
        left_ms = self._context.get_remaining_time_in_millis()
        # Lambda ends a call that takes too long, and with it the whole batch.
        if left_ms < 2 * self._longest_ms + _MARGIN_MS:
            self._give_back(record, 0)
        outcome = self._process(record)
        self._longest_ms = max(self._longest_ms, left_ms - self._context.get_remaining_time_in_millis())
        if isinstance(outcome, Return):
            self._give_back(record, outcome.after_seconds)

    def _process(self, record: SQSRecord) -> object:
        try:
            return self._worker.process(record.body)
        except Exception:
            logger.exception("Message stays in the queue", message_id=record.message_id)
            raise

    def _give_back(self, record: SQSRecord, after_seconds: int) -> None:
        try:
            self._connection.receipts.give_back(record.receipt_handle, after_seconds)
        except Exception:  # noqa: BLE001 - whatever failed: the message comes again after its visibility timeout
            logger.exception("Message comes again later than it should", message_id=record.message_id)
        raise GivenBack("The message is in the queue again.")
