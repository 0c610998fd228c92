"""Letters about failed tasks of a table: parses one, and redrives its task."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from delay.dead_letters.letter import DeadLetter
from delay.dead_letters.redriving import Outcome
from delay.errors import NotRedrivable, UnknownDeadLetter
from delay.table.changing import Changes
from delay.table.row_task import build_arn
from task_table.key_row import KeyRow, RowStatus


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
        texts = {name: _find_text(members, name) for name in ("status", "error", "cause", "key", "token")}
        key = texts.pop("key")
        ended = members.get("ended")
        return cls(
            message["MessageId"],
            message["ReceiptHandle"],
            arn=None if key is None else build_arn(table_arn, key),
            ended=datetime.fromtimestamp(ended, UTC) if isinstance(ended, int) else None,
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

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
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
        if letter.key in self._redriven:
            raise NotRedrivable(
                f"The task {letter.key!r} was redriven just now, and has failed again: fix what makes it "
                "fail first."
            )
        if not _is_stranded(letter, self._changes.find(letter.key)):
            return Outcome.REDRIVEN_BEFORE
        self._changes.redrive(letter.key)
        self._redriven.add(letter.key)
        return Outcome.REDRIVEN


def _is_stranded(letter: TableLetter, row: KeyRow) -> bool:
    """Return whether the task of a letter has failed, or waits for a message that SQS has moved here."""
    if letter.token is not None and letter.token != row.token:
        return False
    return row.status in {RowStatus.FAILED, RowStatus.WAITING, RowStatus.RUNNING}


def _parse_object(body: str) -> Mapping[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _find_text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None
