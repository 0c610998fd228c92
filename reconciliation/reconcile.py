"""Sends a letter for each failed task that has none in the dead-letter queue.

EventBridge receives the status events of Step Functions on a best-effort basis: in rare cases none comes.
Source: "AWS Step Functions events" and "Delivery level for AWS service events" in the Amazon EventBridge
Events Reference.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        MessageTypeDef,
    )
    from mypy_boto3_stepfunctions.client import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef

STATUSES: Final[tuple[ExecutionStatusType, ...]] = ("FAILED", "TIMED_OUT")
"""The statuses of FailureRule in template.yaml."""

MARGIN: Final = timedelta(hours=1)
"""The time that an event may take before a run counts it as missing."""

LOOK_BACK: Final = timedelta(hours=4)
"""The span of one run. Runs are an hour apart, so three missed ones in a row lose nothing."""

MOST_LETTERS: Final = 20_000
"""The most letters that one run reads. They are hidden from others meanwhile."""

_VISIBILITY_TIMEOUT_SECONDS: Final = 300
_WAIT_SECONDS: Final = 2
_BATCH_SIZE: Final = 10
"""The most messages in one call. Source: ReceiveMessage in the Amazon SQS API Reference."""

_PAUSE_SECONDS: Final = 1
"""Between pages: AWS allows 2 to 5 ListExecutions a second, and callers of the account need them, too."""

_EXECUTION_ARN: Final = re.compile(r'"executionArn"\s*:\s*"(arn:[^"\\\s]+)"')
"""The ARN in a letter, in the form of FailureRule and in the original event."""

logger = logging.getLogger(__name__)
logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))


class TooManyLettersError(Exception):
    """The queue has more letters than one run reads."""


@dataclass(frozen=True, slots=True)
class Window:
    """The times of failure that a run covers, in UTC: from `since` until before `until`."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, event: Mapping[str, Any], now: datetime) -> Window:
        """Return the window of a call.

        `{"scheduled": TIME}` comes from the schedule: four hours that end an hour before that time, which a
        retried call keeps. `{"hours": N}` comes from a person: the last N hours.
        """
        if "hours" in event:
            return cls(now - timedelta(hours=event["hours"]), now)
        until = datetime.fromisoformat(event["scheduled"]) - MARGIN
        return cls(until - LOOK_BACK, until)

    def __contains__(self, moment: datetime) -> bool:
        """Whether a failure at this moment belongs to the run."""
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Settings:
    """The resources of the stack. `canary_prefix` begins the names of canaries, which leave no letters."""

    state_machine_arn: str
    queue_url: str
    canary_prefix: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Settings:
        """Read the environment that template.yaml sets."""
        return cls(variables["STATE_MACHINE_ARN"], variables["QUEUE_URL"], variables["CANARY_PREFIX"])


class Failures:
    """The failed executions of the state machine."""

    def __init__(
        self, settings: Settings, sfn: SFNClient, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._settings = settings
        self._sfn = sfn
        self._sleep = sleep

    def list_in(self, window: Window) -> dict[str, ExecutionListItemTypeDef]:
        """Return the failures in a window by the ARNs of their executions, without those of canaries.

        All failures of 90 days are read: AWS sorts executions by their start, and offers no filter by end.
        """
        found = (item for status in STATUSES for item in self._list(status))
        return {item["executionArn"]: item for item in found if self._is_meant(item, window)}

    def _is_meant(self, item: ExecutionListItemTypeDef, window: Window) -> bool:
        return item["stopDate"] in window and not item["name"].startswith(self._settings.canary_prefix)

    def _list(self, status: ExecutionStatusType) -> Iterator[ExecutionListItemTypeDef]:
        list_page = partial(
            self._sfn.list_executions,
            stateMachineArn=self._settings.state_machine_arn,
            statusFilter=status,
            maxResults=1000,
        )
        page = list_page()
        yield from page["executions"]
        while token := page.get("nextToken"):
            self._sleep(_PAUSE_SECONDS)
            page = list_page(nextToken=token)
            yield from page["executions"]


class Letters:
    """The letters in the dead-letter queue."""

    def __init__(self, settings: Settings, sqs: SQSClient) -> None:
        self._settings = settings
        self._sqs = sqs

    def find_missing(self, arns: Iterable[str]) -> set[str]:
        """Return the executions about which no letter can be received.

        A letter that another reader holds at this moment counts as missing: a second one does no harm.

        Raises:
            TooManyLettersError: the answer would take too many letters.

        """
        missing = set(arns)
        with self._hold() as messages:
            while missing and (batch := self._receive()):
                messages.extend(batch)
                missing.difference_update(_read_arn(message["Body"]) for message in batch)
                if len(messages) > MOST_LETTERS:
                    raise TooManyLettersError(f"More than {MOST_LETTERS:,} letters are in the queue.")
        return missing

    def send(self, letter: str) -> None:
        """Send a letter."""
        self._sqs.send_message(QueueUrl=self._settings.queue_url, MessageBody=letter)

    def _receive(self) -> list[MessageTypeDef]:
        # With a wait time, SQS asks all of its servers: "Amazon SQS short and long polling".
        answer = self._sqs.receive_message(
            QueueUrl=self._settings.queue_url,
            MaxNumberOfMessages=_BATCH_SIZE,
            VisibilityTimeout=_VISIBILITY_TIMEOUT_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
        )
        return list(answer.get("Messages", []))

    @contextmanager
    def _hold(self) -> Iterator[list[MessageTypeDef]]:
        messages: list[MessageTypeDef] = []
        try:
            yield messages
        finally:
            self._give_back(messages)

    def _give_back(self, messages: list[MessageTypeDef]) -> None:
        remaining = iter(messages)
        while batch := list(islice(remaining, _BATCH_SIZE)):
            entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for number, message in enumerate(batch)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._settings.queue_url, Entries=entries)


def reconcile(window: Window, failures: Failures, letters: Letters) -> dict[str, int]:
    """Send a letter for each failure in the window that has none, and return how many there are."""
    failed = failures.list_in(window)
    missing = sorted(letters.find_missing(failed)) if failed else []
    for arn in missing:
        logger.warning("A failed task had no letter", extra={"execution": arn})
        letters.send(_write_letter(failed[arn]))
    counts = {"failed": len(failed), "sent": len(missing)}
    logger.info("Reconciled", extra={"since": str(window.since), "until": str(window.until), **counts})
    return counts


def _write_letter(item: ExecutionListItemTypeDef) -> str:
    """Write the message of FailureRule. ListExecutions returns neither error nor cause."""
    return json.dumps(
        {
            "executionArn": item["executionArn"],
            "stateMachineArn": item["stateMachineArn"],
            "name": item["name"],
            "status": item["status"],
            "startDate": _to_milliseconds(item["startDate"]),
            "stopDate": _to_milliseconds(item["stopDate"]),
            "error": None,
            "cause": None,
            "sentBy": "reconciliation",
        }
    )


def _to_milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _read_arn(body: str) -> str | None:
    found = _EXECUTION_ARN.search(body)
    return found and found[1]


def lambda_handler(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Look once: the entry point that template.yaml names."""
    patience = Config(retries={"mode": "standard", "total_max_attempts": 8})
    settings = Settings.of(os.environ)
    failures = Failures(settings, boto3.client("stepfunctions", config=patience))
    letters = Letters(settings, boto3.client("sqs", config=patience))
    return reconcile(Window.of(event, datetime.now(UTC)), failures, letters)
