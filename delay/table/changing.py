"""Cancels, reschedules and replaces waiting tasks, and redrives failed ones."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from delay._due import validate_form
from delay.errors import Contended, DuplicateKey, KeyUsedUp, NoSuchTask, NotRedrivable, TooLate
from delay.table.due import compute_due
from delay.table.placing import Placement, Placer
from delay.table.requests import Requests
from delay.table.row_task import build_task, derive_status
from delay.table.scheduling import PreparedRequest, Scheduler, compute_delay_seconds
from delay.table.setup import Setup
from delay.task import ScheduledTask
from task_table.key_row import CLAIMED, KeyRow, RowStatus
from task_table.slot_row import SlotRow
from task_table.transitions import cancel, is_own, move, redrive, replace
from task_table.write import Change, Refused

_ATTEMPTS: Final = 8
"""How often a change is tried while other clients change the same task."""


class Changes:
    """Changes to tasks. Each is one conditional write; its condition has the token that was read."""

    def __init__(self, requests: Requests, setup: Setup, placer: Placer, scheduler: Scheduler) -> None:
        self._requests = requests
        self._setup = setup
        self._placer = placer
        self._scheduler = scheduler

    def find(self, key: str) -> KeyRow:
        """Return the row of a task.

        Raises:
            NoSuchTask: there is none, or the task ended over `keep` ago.

        """
        row = self._requests.ask(lambda table: table.get(key))
        if row is None or (row.expires is not None and row.expires < self._requests.read_seconds()):
            raise NoSuchTask(
                f"There is no task {key!r} in {self._requests.arn}. The table forgets a task "
                f"{timedelta(seconds=self._setup.get().keep_seconds)} after its end."
            )
        return row

    def cancel(self, key: str) -> ScheduledTask:
        """End a task that was not called."""
        keep_seconds = self._setup.get().keep_seconds
        for _ in range(_ATTEMPTS):
            row = self.find(key)
            if row.status is RowStatus.CANCELLED:
                return self.read_task(row)
            self._require_waiting(row, "cancelled")
            changed = self._write(cancel(row, self._requests.read_seconds(), keep_seconds))
            if changed:
                return self.read_task(changed[0])
        raise _build_contended(key)

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Move a waiting task to another due time."""
        validate_form(after=after, at=at)
        self._requests.check_clock()
        now = self._requests.clock.now()
        due = compute_due(now, after=after, at=at)
        delay_seconds = compute_delay_seconds(due, now)

        def place(row: KeyRow) -> Placement:
            return Placement(key, due, delay_seconds, self._placer.read_payload(row), row.made)

        return self._move(key, "rescheduled", place, move)

    def send(self, prepared: PreparedRequest) -> ScheduledTask:
        """Schedule a task. If it replaces, a waiting task of its key gets its payload and due time."""
        try:
            return self._scheduler.send(prepared)
        except DuplicateKey as duplicate:
            if not prepared.replaces or isinstance(duplicate, KeyUsedUp):
                raise
        return self.replace(prepared)

    def replace(self, prepared: PreparedRequest) -> ScheduledTask:
        """Give a waiting task another payload and due time."""
        wanted = prepared.placement

        def place(row: KeyRow) -> Placement:
            return Placement(wanted.key, wanted.due, wanted.delay_seconds, wanted.payload, row.made)

        return self._move(
            wanted.key, "replaced", place, lambda row, slot_row: replace(row, slot_row, prepared.digest)
        )

    def redrive(self, key: str) -> ScheduledTask:
        """Make a failed task due now."""
        for _ in range(_ATTEMPTS):
            row = self.find(key)
            now = self._requests.clock.now()
            self._require_redrivable(row, now)
            payload = self._placer.read_payload(row)
            slot_row = self._placer.put(self._placer.build(Placement(key, now, row.delay, payload, row.made)))
            changed = self._write(redrive(row, slot_row, self._requests.read_seconds()))
            if changed:
                return self._finish(changed, slot_row)
        raise _build_contended(key)

    def read_task(self, row: KeyRow) -> ScheduledTask:
        """Return the task of a row, with its payload."""
        payload = self._placer.read_payload(row)
        return build_task(row, payload, self._requests.arn, self._requests.clock.now())

    def _move(
        self,
        key: str,
        change: str,
        place: Callable[[KeyRow], Placement],
        build: Callable[[KeyRow, SlotRow], Change],
    ) -> ScheduledTask:
        """Write another slot row, then point the key row to it."""
        for _ in range(_ATTEMPTS):
            row = self.find(key)
            self._require_waiting(row, change)
            slot_row = self._placer.put(self._placer.build(place(row)))
            changed = self._write(build(row, slot_row))
            if changed:
                return self._finish(changed, slot_row)
        raise _build_contended(key)

    def _finish(self, changed: tuple[KeyRow, int], slot_row: SlotRow) -> ScheduledTask:
        row = self._placer.finish(changed[0], slot_row, changed[1])
        return build_task(row, slot_row.payload, self._requests.arn, self._requests.clock.now())

    def _write(self, write: Change) -> tuple[KeyRow, int] | None:
        """Carry out a write. Return the row and the table's time; None if the row has changed meanwhile."""
        try:
            written = self._requests.write(write)
        except Refused as refused:
            return (
                (refused.row, self._requests.read_seconds())
                if refused.row and is_own(write, refused.row)
                else None
            )
        return written.row, written.at

    def _require_waiting(self, row: KeyRow, change: str) -> None:
        if row.status is not RowStatus.WAITING:
            raise _build_too_late(change, row, self._requests.clock.now())

    def _require_redrivable(self, row: KeyRow, now: datetime) -> None:
        is_free = (row.lease or 0) < now.timestamp()
        is_stuck = row.status in {RowStatus.WAITING, *CLAIMED} and row.due < now.timestamp() and is_free
        if row.status is not RowStatus.FAILED and not is_stuck:
            raise NotRedrivable(
                f"The task {row.key!r} is {derive_status(row, now)}: only a failed task can be redriven, or "
                "an open one that is past due and not being called."
            )


def _build_too_late(change: str, row: KeyRow, now: datetime) -> TooLate:
    status = derive_status(row, now)
    reason = "its function is being called" if row.status in CLAIMED else "it has ended"
    if row.status is RowStatus.CANCELLED:
        reason = "it was cancelled. Schedule it under another key"
    return TooLate(f"The task {row.key!r} can no longer be {change}: it is {status}: {reason}.")


def _build_contended(key: str) -> Contended:
    return Contended(
        f"Other clients changed the task {key!r} {_ATTEMPTS} times meanwhile. Nothing is lost: try again."
    )
