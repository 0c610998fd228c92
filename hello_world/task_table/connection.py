"""The table and its queues as the functions reach them: names from the environment, clients of boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from task_table.dynamodb import DynamoDbTable
from task_table.settings import Settings
from task_table.sqs import SqsLetters, SqsQueue, SqsReceipts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.ports import Letters, Queue, Receipts, Table

THREADS: Final = 8
"""The requests of one function that are under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The table, the queues and the settings of a participant."""

    table: Table
    queue: Queue
    letters: Letters
    receipts: Receipts
    settings: Settings


def connect(environment: Mapping[str, str]) -> Connection:
    """Return the connection that a function's environment names.

    Raises:
        KeyError: a variable is missing.

    """
    settings = Settings.of_environment(environment)
    sqs = boto3.client("sqs", config=_build_config())
    return Connection(
        table=DynamoDbTable(boto3.client("dynamodb", config=_build_config()), environment["TASK_TABLE"]),
        queue=SqsQueue(sqs, settings.queue_url),
        letters=SqsLetters(sqs, environment["TASK_DEAD_LETTER_QUEUE_URL"]),
        receipts=SqsReceipts(sqs, settings.queue_url),
        settings=settings,
    )


def _build_config() -> Config:
    """Return timeouts that end well before the function's, so that the log has the error.

    A request is sent again if its answer was lost: `is_own` in transitions.py recognises a write of one's
    own.
    """
    return Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=THREADS,
        parameter_validation=False,  # a third of the time of a request, and its parameters are this package's
    )
