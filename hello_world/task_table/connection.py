"""The table and its queues as the functions reach them: names from the environment, clients of boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from task_table.dynamodb import DynamoDbTable
from task_table.settings import Settings
from task_table.sqs import SqsLetters, SqsQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient

    from task_table.ports import Letters, Queue, Table

THREADS: Final = 16
"""The requests of one function that are under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a participant works on, and its settings."""

    table: Table
    queue: Queue
    letters: Letters
    settings: Settings


def connect(environment: Mapping[str, str], sqs: SQSClient | None = None) -> Connection:
    """Return the connection that a function's environment names.

    Raises:
        KeyError: a variable is missing.

    """
    sqs = sqs or open_sqs()
    settings = Settings.of_environment(environment)
    return Connection(
        table=DynamoDbTable(boto3.client("dynamodb", config=_build_config()), environment["TASK_TABLE"]),
        queue=SqsQueue(sqs, settings.queue_url),
        letters=SqsLetters(sqs, environment["TASK_DEAD_LETTER_QUEUE_URL"]),
        settings=settings,
    )


def open_sqs() -> SQSClient:
    """Return a client of SQS."""
    return boto3.client("sqs", config=_build_config())


def _build_config() -> Config:
    """Return patience that ends well before a function's timeout, so that the log has the error.

    A request is sent again if its answer was lost: `is_own` in transitions.py knows a write of one's own.
    """
    return Config(
        connect_timeout=1,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=THREADS,
        parameter_validation=False,  # a third of the time of a request, and its parameters are this package's
    )
