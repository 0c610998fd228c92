"""Calls: a worker claims a due task, calls its function, and records the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from task_table.errors import UnreadableMessage
from task_table.horizon import find_horizon
from task_table.key_row import CLAIMED, KeyRow, RowStatus, find_room
from task_table.letter import format_letter, format_unreadable
from task_table.message import Message
from task_table.sweep import LOST, LOST_CAUSE
from task_table.text import cut
from task_table.transitions import claim, exhaust, fail, is_own, make_token, release, succeed
from task_table.write import Refused

if TYPE_CHECKING:
    from task_table.ports import Clock, Letters, Table
    from task_table.sending import Sender
    from task_table.settings import Settings
    from task_table.write import Change

_FIRST_BACKOFF_SECONDS: Final = 10
_LONGEST_BACKOFF_SECONDS: Final = 900

_MAX_UNREADABLE_BYTES: Final = 100_000
"""The part of an unreadable message in its letter, which JSON may make six times as long."""

_TEXTS: Final = ("error", "cause", "result")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A claimed task. Times are in seconds since 1970.

    `made` identifies it for ever: it is the same after reschedules, redrives and in each attempt.
    """

    key: str
    made: str
    due: int
    moves: int
    attempt: int


Handle: TypeAlias = Callable[[Mapping[str, Any], DueRow], object]
"""Does a task's work, for its event: the payload with `expirydate`."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The message is to be deleted."""


@dataclass(frozen=True, slots=True)
class Return:
    """The message is to be given back to the queue, and to come again after these seconds.

    If the queue cannot hide it for so long, it comes sooner, and is processed as any early message.
    """

    after_seconds: int


class Worker:
    """Processes messages, one after the other."""

    def __init__(
        self,
        table: Table,
        sender: Sender,
        letters: Letters,
        *,
        clock: Clock,
        settings: Settings,
        handle: Handle,
    ) -> None:
        self._table = table
        self._sender = sender
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._handle = handle

    def process(self, body: str) -> Delete | Return:
        """Process a message. An error of the table or of a queue is raised: the message then comes again."""
        try:
            message = Message.parse(body)
        except UnreadableMessage as error:
            self._letters.send(format_unreadable(cut(body, _MAX_UNREADABLE_BYTES), str(error)))
            return Delete()
        early_seconds = message.due - self._clock()
        if early_seconds > 0:
            return _return_after(early_seconds)
        row = self._claim(message)
        return row if isinstance(row, Delete | Return) else self._call(message, row)

    def _claim(self, message: Message) -> KeyRow | Delete | Return:
        write = claim(
            message.key,
            message.token,
            make_token(),
            int(self._clock()),
            self._settings,
        )
        try:
            return self._table.write(write).row
        except Refused as refused:
            if refused.row and is_own(write, refused.row):
                return refused.row
            return self._decline(message, refused.row)

    def _decline(self, message: Message, row: KeyRow | None) -> Delete | Return:
        """Decide on a message whose claim was refused, by the row as it is."""
        if row is not None and row.token != message.token:
            self._send_current(row)
        elif row is not None and row.status in CLAIMED:
            return self._await_holder(row)
        elif row is not None and row.status is RowStatus.FAILED:
            # The letter may be missing: a worker may have died before it sent it.
            self._letters.send(format_letter(row))
        return Delete()

    def _await_holder(self, row: KeyRow) -> Delete | Return:
        """Keep the message while a worker holds its task: the worker may die."""
        if (row.lease or 0) >= self._clock():
            return _return_after((row.lease or 0) + 1 - self._clock())
        if row.attempts < self._settings.attempts:  # the lease has run out since the claim was refused
            return _return_after(1)
        return self._exhaust(row)

    def _send_current(self, row: KeyRow) -> None:
        """Send the message of a moved task: the client may have died after the move."""
        if row.status is not RowStatus.WAITING or row.due >= find_horizon(self._clock()):
            return
        slot_row = self._table.get_slot_row(row.slot, row.slot_sort_key)
        if slot_row:
            self._sender.send([Message.of_row(slot_row)])

    def _exhaust(self, row: KeyRow) -> Delete | Return:
        return self._end(exhaust(row, int(self._clock()), self._settings.keep_seconds, LOST, LOST_CAUSE))

    def _call(self, message: Message, row: KeyRow) -> Delete | Return:
        try:
            result = self._handle(self._build_event(message, row), _describe(row))
            text = _format_result(result)
        except Exception as error:  # noqa: BLE001 - a failed attempt is recorded, whatever failed
            return self._record_failure(row, error)
        return self._record_success(row, text)

    def _build_event(self, message: Message, row: KeyRow) -> Mapping[str, Any]:
        payload = message.payload
        if payload is None:
            slot_row = self._table.get_slot_row(row.slot, row.slot_sort_key)
            if slot_row is None:
                raise LookupError(
                    f"The slot row {row.slot} {row.slot_sort_key} is missing: it has the payload."
                )
            payload = slot_row.payload
        return {"expirydate": message.delay, **json.loads(payload)}

    def _record_success(self, row: KeyRow, result: str) -> Delete:
        if self._settings.records_end:
            fits = len(result.encode()) <= find_room(row, _TEXTS)
            write = succeed(row, int(self._clock()), self._settings.keep_seconds, result if fits else None)
            with suppress(Refused):  # recorded before, or the lease ran out and another worker has the task
                self._table.write(write)
        return Delete()

    def _record_failure(self, row: KeyRow, error: Exception) -> Delete | Return:
        name = type(error).__name__
        room = find_room(row, _TEXTS)
        name, cause = cut(name, room // 2), cut(str(error), room - len(name.encode()))
        if row.attempts >= self._settings.attempts:
            return self._end(fail(row, int(self._clock()), self._settings.keep_seconds, name, cause))
        with suppress(Refused):  # the task was ended meanwhile, or another worker has it
            self._table.write(release(row, name, cause))
        return _return_after(min(_FIRST_BACKOFF_SECONDS * 2 ** (row.attempts - 1), _LONGEST_BACKOFF_SECONDS))

    def _end(self, write: Change) -> Delete | Return:
        """Record a failure, then send its letter. After a crash between the two, the message comes again."""
        try:
            row = self._table.write(write).row
        except Refused as refused:
            if refused.row is None:
                return Delete()
            if refused.row.status is not RowStatus.FAILED:
                return _return_after(1)
            row = refused.row
        self._letters.send(format_letter(row))
        return Delete()


def _format_result(result: object) -> str:
    """Return the JSON text of a result. Half a surrogate has no UTF-8, so it is escaped."""
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    return text if _is_utf8(text) else json.dumps(result, separators=(",", ":"))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _describe(row: KeyRow) -> DueRow:
    return DueRow(key=row.key, made=row.made, due=row.due, moves=row.moves, attempt=row.attempts)


def _return_after(seconds: float) -> Return:
    return Return(max(0, -int(-seconds // 1)))
