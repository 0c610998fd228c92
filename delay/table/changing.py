"""Cancels, reschedules and replaces waiting tasks, and redrives failed ones."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta

from delay._due import validate_form
from delay.errors import DelayError, DuplicateKey, KeyUsedUp, NoSuchTask, NotRedrivable, TooLate
from delay.table.contention import retry_contended
from delay.table.due import compute_due
from delay.table.placing import Placement, Placer
from delay.table.requests import Requests
from delay.table.row_task import build_listed_task, build_task, derive_status
from delay.table.scheduling import PreparedRequest, Scheduler, compute_delay_seconds
from delay.table.setup import Setup
from delay.task import ScheduledTask, Status, Task
from delay.text.duration import format_duration
from task_table.key_row import CLAIMED, ENDED, KeyRow, RowStatus
from task_table.slot_row import SlotRow
from task_table.transitions import FAILED_KEPT_SECONDS, cancel, is_own, move, redrive, replace
from task_table.write import Change, Refused, Written


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
            NoSuchTask: there is none, or the table has forgotten it: `keep` after its end, and a failed one
                after 15 days at the earliest.

        """
        row = self._find(key)
        if row is None:
            raise _build_unknown(key, self._setup.get().keep_seconds)
        return row

    def _find(self, key: str) -> KeyRow | None:
        self._setup.get()  # refuses any other table
        self._requests.check_clock()  # by a wrong one, a task may seem forgotten
        row = self._requests.ask_table(lambda table: table.get(key))
        return None if row is None or is_forgotten(row, self._requests.read_seconds()) else row

    def cancel(self, key: str) -> Task:
        """End a task that was not called."""
        keep_seconds = self._setup.get().keep_seconds

        def attempt() -> Task | None:
            row = self.find(key)
            if row.status is RowStatus.CANCELLED:
                return self.read_task(row)
            self._require_waiting(row, "cancelled")
            written = self._write(cancel(row, self._requests.read_seconds(), keep_seconds))
            return self.read_task(written.row) if written else None

        return retry_contended(key, attempt)

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Move a waiting task to another due time."""
        validate_form(after=after, at=at)
        self._requests.check_clock()
        now = self._requests.clock.now()
        due = compute_due(now, after=after, at=at)
        delay_seconds = compute_delay_seconds(due, now)

        def place(row: KeyRow) -> Placement:
            self._require_waiting(row, "rescheduled")
            return Placement(key, due, delay_seconds, self._require_payload(row, TooLate), row.made)

        return self._move(key, place, move)

    def send(self, prepared: PreparedRequest) -> ScheduledTask:
        """Schedule a task. If it replaces, a waiting task of its key gets its payload and due time."""
        if not prepared.replaces:
            return self._scheduler.send(prepared)
        return retry_contended(prepared.placement.key, lambda: self._try_to_send(prepared))

    def _try_to_send(self, prepared: PreparedRequest) -> ScheduledTask | None:
        """Return the task; None if it was made, or forgotten, since it was looked for."""
        try:
            return self._send_latest(prepared)
        except KeyUsedUp:
            raise
        except (DuplicateKey, NoSuchTask):
            return None

    def _send_latest(self, prepared: PreparedRequest) -> ScheduledTask:
        # Looked for first: a refused creation leaves a slot row, which costs more than a read.
        row = self._find(prepared.placement.key)
        if row is None:
            return self._scheduler.send(prepared)
        if row.status in ENDED or not self._scheduler.find_differences(prepared, row):
            return self._scheduler.accept(prepared, row)
        return self.replace(prepared)

    def replace(self, prepared: PreparedRequest) -> ScheduledTask:
        """Give a waiting task another payload and due time."""
        wanted = prepared.placement

        def place(row: KeyRow) -> Placement:
            self._require_waiting(row, "replaced")
            return dataclasses.replace(wanted, made=row.made)

        return self._move(wanted.key, place, lambda row, slot_row: replace(row, slot_row, prepared.digest))

    def redrive(self, key: str, *, is_lost: bool = False) -> ScheduledTask:
        """Make a failed task due now.

        `is_lost` says that SQS moved its message to the dead-letter queue: its call may not have come to an
        end.
        """

        def place(row: KeyRow) -> Placement:
            now = self._requests.clock.now()
            self._require_redrivable(row, now, is_lost=is_lost)
            return Placement(key, now, row.delay, self._require_payload(row, NotRedrivable), row.made)

        return self._move(
            key, place, lambda row, slot_row: redrive(row, slot_row, self._requests.read_seconds())
        )

    def read_task(self, row: KeyRow) -> Task:
        """Return the task of a row, with its payload if that was not deleted."""
        payload = self._placer.find_payload(row)
        return build_listed_task(row, payload, self._requests.arn, self._requests.clock.now())

    def _move(
        self,
        key: str,
        place: Callable[[KeyRow], Placement],
        build: Callable[[KeyRow, SlotRow], Change],
    ) -> ScheduledTask:
        """Write another slot row, then point the key row to it. `place` refuses a row that must stay."""

        def attempt() -> ScheduledTask | None:
            row = self.find(key)
            slot_row = self._placer.put(self._placer.build(place(row)))
            written = self._write(build(row, slot_row))
            return self._finish(written, slot_row) if written else None

        return retry_contended(key, attempt)

    def _finish(self, written: Written, slot_row: SlotRow) -> ScheduledTask:
        row = self._placer.finish(written.row, slot_row, written.at)
        return build_task(row, slot_row.payload, self._requests.arn, self._requests.clock.now())

    def _write(self, write: Change) -> Written | None:
        """Carry out a write. Return None if the row has changed meanwhile."""
        try:
            return self._requests.write(write)
        except Refused as refused:
            if refused.row and is_own(write, refused.row):
                return Written(refused.row, self._requests.read_seconds())
            return None

    def _require_waiting(self, row: KeyRow, change: str) -> None:
        if row.status is not RowStatus.WAITING:
            raise _build_too_late(change, row, self._requests.clock.now())

    def _require_redrivable(self, row: KeyRow, now: datetime, *, is_lost: bool) -> None:
        status = derive_status(row, now)
        is_free = (row.lease or 0) < now.timestamp()
        is_open = status.is_open or (is_lost and row.status in CLAIMED)
        if status is not Status.FAILED and not (is_open and row.due < now.timestamp() and is_free):
            raise NotRedrivable(
                f"The task {row.key!r} is {status}: only a failed task can be redriven, or an open one that "
                "is past due and not being called."
            )

    def _require_payload(self, row: KeyRow, error: type[DelayError]) -> str:
        payload = self._placer.find_payload(row)
        if payload is None:
            raise error(
                f"The payload of the task {row.key!r} is gone: the table deletes it 90 days and its `keep` "
                "after the due time. Schedule the task again, under another key."
            )
        return payload


def is_forgotten(row: KeyRow, now: float) -> bool:
    """Return whether a task ended so long ago that its key is free. DynamoDB deletes its row days later."""
    return row.expires is not None and row.expires < now


def _build_unknown(key: str, keep_seconds: int) -> NoSuchTask:
    keep, failed = (_format(each) for each in (keep_seconds, max(keep_seconds, FAILED_KEPT_SECONDS)))
    exception = "" if failed == keep else f", and a failed one after {failed}"
    return NoSuchTask(
        f"No task has the key {key!r}. The table forgets a task {keep} after its end{exception}."
    )


def _format(seconds: int) -> str:
    return format_duration(timedelta(seconds=seconds))


def _build_too_late(change: str, row: KeyRow, now: datetime) -> TooLate:
    status = derive_status(row, now)
    reason = "its function is being called" if row.status in CLAIMED else "it has ended"
    if row.status is RowStatus.CANCELLED:
        reason = "it was cancelled. Schedule it under another key"
    return TooLate(f"The task {row.key!r} can no longer be {change}: it is {status}: {reason}.")
