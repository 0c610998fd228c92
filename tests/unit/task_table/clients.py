"""The client's protocol: the order of its writes, in the shortest form."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from task_table.horizon import find_horizon
from task_table.key_row import CLAIMED, KeyRow, RowStatus
from task_table.message import Message
from task_table.sending import Sender
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow, compute_expiry
from task_table.transitions import cancel, create, is_own, make_token, move, redrive, relocate
from task_table.transitions import replace as replace_payload
from task_table.write import Change, Creation, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.task_table.simulation import World


class Denied(Exception):
    """A client is told that its operation is not possible."""


@dataclass
class Rules:
    """The client's rules, each of which a test takes out."""

    slot_is_ahead: bool = True
    sends_before_horizon: bool = True
    relocates: bool = True
    tells_own: bool = True
    asks_status: bool = True
    finishes_duplicates: bool = True


class TaskClient(Protocol):
    """A client of a world. Each operation returns when it is acknowledged, and may raise Denied."""

    def schedule(self, key: str, due: int, payload: str = "{}") -> None:
        """Make a task."""
        ...

    def reschedule(self, key: str, due: int) -> None:
        """Move a waiting task."""
        ...

    def replace(self, key: str, due: int, payload: str) -> None:
        """Give a waiting task another payload and time."""
        ...

    def cancel(self, key: str) -> None:
        """End a waiting task."""
        ...

    def redrive(self, key: str) -> None:
        """Make a failed task due now."""
        ...


@dataclass
class Client:
    """A client. Each operation returns when it is acknowledged."""

    world: World
    rules: Rules

    def schedule(self, key: str, due: int, payload: str = "{}") -> None:
        """Make a task."""
        slot_row = self._build(key, due, payload)
        at = self.world.table.put_slot(slot_row)
        row = _build_row(slot_row, at)
        write = create(row, at)
        try:
            written = self.world.table.write(write)
        except Refused as refused:
            row = self._accept(write, refused.row, row)
            slot_row_of = self.world.table.get_slot_row(row.slot, row.slot_sort_key)
            if slot_row_of and (self.rules.finishes_duplicates or row.made == slot_row.made):
                self._finish(row, slot_row_of, int(self.world.now))
        else:
            row = written.row
            self._finish(row, slot_row, written.at)
        self.world.log.acknowledged[key] = row.made

    def reschedule(self, key: str, due: int) -> None:
        """Move a waiting task."""
        row = self._read_waiting(key)
        found = self.world.table.get_slot_row(row.slot, row.slot_sort_key)
        assert found is not None
        slot_row = self._build(key, due, found.payload, row.made)
        self._change(row, slot_row, move)

    def replace(self, key: str, due: int, payload: str) -> None:
        """Give a waiting task another payload and time."""
        row = self._read_waiting(key)
        slot_row = self._build(key, due, payload, row.made)
        self._change(row, slot_row, lambda row, slot_row: replace_payload(row, slot_row, _digest(payload)))

    def cancel(self, key: str) -> None:
        """End a waiting task."""
        row = self._read(key)
        if row.status is RowStatus.CANCELLED:
            return
        if row.status is not RowStatus.WAITING:
            raise Denied(row.status)
        self.world.log.cancels.add(key)
        try:
            self.world.table.write(cancel(row, int(self.world.now), self.world.settings.keep_seconds))
        except Refused as refused:
            found = refused.row
            if found is None or found.status is not RowStatus.CANCELLED or found.token != row.token:
                raise Denied(found) from refused
        self.world.log.superseded.add((row.made, row.moves))

    def redrive(self, key: str) -> None:
        """Make a failed task due now."""
        row = self._read(key)
        now = int(self.world.now)
        is_stuck = row.status in {RowStatus.WAITING, *CLAIMED} and row.due < now > (row.lease or 0)
        if row.status is not RowStatus.FAILED and not is_stuck:
            raise Denied(row.status)
        found = self.world.table.get_slot_row(row.slot, row.slot_sort_key)
        assert found is not None
        slot_row = self._build(key, now, found.payload, row.made)
        self.world.log.redriving.add(key)
        at = self.world.table.put_slot(slot_row)
        self._write(redrive(row, slot_row, at), slot_row)
        self.world.log.redriving.discard(key)

    def _read(self, key: str) -> KeyRow:
        row = self.world.table.get(key)
        if row is None:
            raise Denied(key)
        return row

    def _read_waiting(self, key: str) -> KeyRow:
        row = self._read(key)
        if row.status is not RowStatus.WAITING:
            raise Denied(row.status)
        return row

    def _build(self, key: str, due: int, payload: str, made: str | None = None) -> SlotRow:
        now = int(self.world.now) if self.rules.slot_is_ahead else 0
        slot = Slot.of_task(key, due, now, self.world.settings.shards)
        token = make_token()
        return SlotRow(
            slot=slot,
            key=key,
            token=token,
            due=due,
            payload=payload,
            delay=0,
            made=made or token,
            expires=compute_expiry(slot, self.world.settings.keep_seconds),
        )

    def _change(self, row: KeyRow, slot_row: SlotRow, build: Callable[[KeyRow, SlotRow], Change]) -> None:
        self.world.table.put_slot(slot_row)
        self._write(build(row, slot_row), slot_row)
        self.world.log.superseded.add((row.made, row.moves))

    def _write(self, write: Change, slot_row: SlotRow) -> None:
        try:
            written = self.world.table.write(write)
        except Refused as refused:
            if refused.row is None or not self._is_own(write, refused.row):
                raise Denied(refused.row) from refused
            self._finish(refused.row, slot_row, int(self.world.now))
        else:
            self._finish(written.row, slot_row, written.at)

    def _is_own(self, write: Creation | Change, row: KeyRow | None) -> bool:
        return self.rules.tells_own and is_own(write, row)

    def _accept(self, write: Creation, found: KeyRow | None, wanted: KeyRow) -> KeyRow:
        """Return the row of a key that exists, if it is the same task."""
        if found is None:
            raise Denied(wanted.key)
        if self._is_own(write, found):
            return found
        is_same = (found.due, found.digest) == (wanted.due, wanted.digest)
        if not is_same or (self.rules.asks_status and found.status is RowStatus.CANCELLED):
            raise Denied(found)
        return found

    def _finish(self, row: KeyRow, slot_row: SlotRow, at: int) -> None:
        """Make sure that the drain, a sweep or a message finds a task whose key row was written at a time."""
        if row.status is not RowStatus.WAITING or row.token != slot_row.token:
            return
        while self.rules.relocates and slot_row.slot.minute < at // SECONDS:
            slot_row = replace(slot_row, slot=replace(slot_row.slot, minute=at // SECONDS))
            self.world.table.put_slot(slot_row)
            try:
                at = self.world.table.write(relocate(row, slot_row)).at
            except Refused:
                return
        if self.rules.sends_before_horizon and row.due < find_horizon(at):
            Sender(self.world.queue, lambda: at).send([Message.of_row(slot_row)])


def _build_row(slot_row: SlotRow, at: int) -> KeyRow:
    return KeyRow(
        key=slot_row.key,
        token=slot_row.token,
        made=slot_row.made,
        due=slot_row.due,
        slot=slot_row.slot.pk,
        status=RowStatus.WAITING,
        digest=_digest(slot_row.payload),
        delay=slot_row.delay,
        scheduled=at,
    )


def _digest(payload: str) -> str:
    return sha256(payload.encode()).hexdigest()[:16]


def attempt(operation: Callable[[], object]) -> Callable[[], None]:
    """Return an operation whose denial is an answer."""

    def run() -> None:
        with suppress(Denied):
            operation()

    return run
