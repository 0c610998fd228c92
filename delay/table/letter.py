"""Letters about failed tasks of a table: parses one, and redrives its task."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from delay.dead_letters.letter import DeadLetter
from delay.dead_letters.redriving import Outcome
from delay.errors import InvalidKey, NotRedrivable, UnknownDeadLetter
from delay.table.changing import Changes
from delay.table.key import validate_key
from delay.table.placing import to_moment
from delay.table.row_task import build_arn
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.slot_row import LATEST_DUE
from task_table.sweep import AGES_SECONDS


@dataclass(frozen=True, slots=True)
class TableLetter(DeadLetter):
    """A message about a failed task."""

    task_key: str | None = None
    token: str | None = None

    @classmethod
    def of(cls, message: Mapping[str, Any], table_arn: str) -> Self:
        """Parse a message of ReceiveMessage, whose body a worker or a sweep has written.

        It may also be a task's own message, which SQS moved after too many receives.
        """
        members = _parse_object(message["Body"])
        texts = {name: _find_text(members, name) for name in ("status", "error", "cause", "token")}
        key = _find_key(members)
        return cls(
            message["MessageId"],
            message["ReceiptHandle"],
            arn=None if key is None else build_arn(table_arn, key),
            ended=_find_moment(members, "ended"),
            status=texts["status"],
            error=texts["error"],
            cause=texts["cause"],
            task_key=key,
            token=texts["token"],
        )

    @property
    def key(self) -> str | None:
        """The key of the failed task; None if the message names none."""
        return self.task_key


class LetterRun:
    """Redrives the tasks of messages, each task once."""

    def __init__(self, changes: Changes, read_seconds: Callable[[], int]) -> None:
        self._changes = changes
        self._read_seconds = read_seconds
        self._redriven: set[str] = set()

    def redrive(self, letter: DeadLetter) -> Outcome:
        """Redrive the task of a message, unless that was done since it failed.

        Raises:
            UnknownDeadLetter: the message is about no task.
            NotRedrivable: the task has failed again in this run.
            NoSuchTask: the table has forgotten it.

        """
        if not isinstance(letter, TableLetter) or letter.key is None:
            raise UnknownDeadLetter(f"The message {letter.message_id} is not about a task of this table.")
        if not _is_stranded(letter, self._changes.find(letter.key), self._read_seconds()):
            return Outcome.REDRIVEN_BEFORE
        if letter.key in self._redriven:
            raise NotRedrivable(
                f"The task {letter.key!r} was redriven just now, and has failed again: fix what makes it "
                "fail first."
            )
        self._changes.redrive(letter.key, is_lost=True)
        self._redriven.add(letter.key)
        return Outcome.REDRIVEN


def _is_stranded(letter: TableLetter, row: KeyRow, now: int) -> bool:
    """Return whether the task of a letter has failed, or waits for a message that SQS has moved here.

    A redrive that was killed may have left a task that all sweeps have passed: then this letter is the last
    trace of it.
    """
    if letter.token is not None and letter.token != row.token:
        is_free = (row.lease or 0) < now
        return row.status not in ENDED and is_free and row.due + max(AGES_SECONDS) < now
    # A worker deletes the message of a task that succeeded, also if it records no ends.
    has_failed = row.status is RowStatus.FAILED
    return has_failed or (row.status not in ENDED and letter.status is None)


def _parse_object(body: str) -> Mapping[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _find_key(members: Mapping[str, Any]) -> str | None:
    try:
        return validate_key(members.get("key", ""))
    except InvalidKey:
        return None


def _find_moment(members: Mapping[str, Any], name: str) -> datetime | None:
    value = members.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return to_moment(value) if 0 <= value <= LATEST_DUE else None


def _find_text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None
