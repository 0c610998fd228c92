"""Schedules a task, and finds out whether a used key belongs to the same task."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from delay._due import validate_form
from delay._payload import Payload
from delay.errors import DuplicateKey, InvalidRequest, KeyUsedUp
from delay.request import Request
from delay.table.digest import compute_digest
from delay.table.due import compute_due
from delay.table.key import validate_key
from delay.table.placing import Placement, Placer, ceil_second
from delay.table.requests import Requests
from delay.table.row_task import build_task, derive_status
from delay.task import ScheduledTask
from delay.text.moment import format_moment
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.slot_row import SlotRow
from task_table.transitions import create, is_own
from task_table.write import Refused

_SPREAD_SECONDS: Final = 5
"""The largest difference between the due times of one task that was sent twice, as with executions."""


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A validated request."""

    placement: Placement
    digest: str
    replaces: bool


class Scheduler:
    """Validates requests and sends them."""

    def __init__(self, requests: Requests, placer: Placer) -> None:
        self._requests = requests
        self._placer = placer

    def prepare(self, request: Request) -> PreparedRequest:
        """Validate a request at the current time.

        Raises:
            InvalidRequest: the payload, the time or the key is invalid.

        """
        if not isinstance(request, Request):
            raise InvalidRequest(f"A Request is expected, got {type(request).__name__}.")
        if request.replace and request.key is None:
            raise InvalidRequest("Give the key of the task to replace.")
        key = str(uuid4()) if request.key is None else validate_key(request.key)
        payload = Payload(request.payload)
        validate_form(after=request.after, at=request.at)
        self._requests.check_clock()
        now = self._requests.clock.now()
        due = compute_due(now, after=request.after, at=request.at, allow_past=request.allow_past)
        placement = Placement(key, due, compute_delay_seconds(due, now), payload.text)
        return PreparedRequest(placement, compute_digest(payload.text), request.replace)

    def build_rows(self, prepared: PreparedRequest) -> tuple[SlotRow, KeyRow]:
        """Return the two rows of a new task."""
        slot_row = self._placer.build(prepared.placement)
        return slot_row, self.build_key_row(prepared, slot_row)

    def build_key_row(self, prepared: PreparedRequest, slot_row: SlotRow) -> KeyRow:
        """Return the key row of a new task, for its slot row."""
        return KeyRow(
            key=slot_row.key,
            token=slot_row.token,
            made=slot_row.made,
            due=slot_row.due,
            slot=slot_row.slot.pk,
            status=RowStatus.WAITING,
            digest=prepared.digest,
            delay=slot_row.delay,
            scheduled=self._requests.read_seconds(),
        )

    def send(self, prepared: PreparedRequest) -> ScheduledTask:
        """Make a task and return it, or the existing one if it is the same.

        Raises:
            DuplicateKey: the key belongs to another task.

        """
        slot_row = self._placer.put(self._placer.build(prepared.placement))
        write = create(self.build_key_row(prepared, slot_row), self._requests.read_seconds())
        try:
            written = self._requests.write(write)
        except Refused as refused:
            if refused.row is None or not is_own(write, refused.row):
                return self.accept(prepared, refused.row)
            row, at = refused.row, self._requests.read_seconds()
        else:
            row, at = written.row, written.at
        return self.build_task(self._placer.finish(row, slot_row, at), prepared)

    def accept(self, prepared: PreparedRequest, row: KeyRow | None) -> ScheduledTask:
        """Return the existing task of a key if it is the same, and make sure that it will be called.

        The client that made it may have died before it sent the message.

        Raises:
            DuplicateKey: it is another task.

        """
        if row is None:
            raise DuplicateKey(f"The key {prepared.placement.key!r} was freed just now: try again.")
        if differences := self._find_differences(prepared, row):
            raise build_conflict(row, differences, self._requests.clock.now())
        slot_row = self._placer.find_slot_row(row) if row.status is RowStatus.WAITING else None
        if slot_row:
            row = self._placer.finish(row, slot_row, self._requests.read_seconds())
        return self.build_task(row, prepared)

    def build_task(self, row: KeyRow, prepared: PreparedRequest) -> ScheduledTask:
        """Return the task of a row, whose payload is that of the request."""
        return build_task(row, prepared.placement.payload, self._requests.arn, self._requests.clock.now())

    def _find_differences(self, prepared: PreparedRequest, row: KeyRow) -> list[str]:
        differences = []
        requested = max(ceil_second(prepared.placement.due), row.scheduled)
        if abs(max(row.due, row.scheduled) - requested) > _SPREAD_SECONDS:
            differences.append(f"it is due {_format(row.due)}, not {_format(requested)}")
        if row.digest != prepared.digest:
            differences.append("its payload differs")
        if row.status is RowStatus.CANCELLED and not differences:
            differences.append("it was cancelled")
        return differences


def compute_delay_seconds(due: datetime, now: datetime) -> int:
    """Return the seconds from now until a due time, at least 0, rounded up."""
    return max(0, -((now - due) // timedelta(seconds=1)))


def build_conflict(row: KeyRow, differences: list[str], now: datetime) -> DuplicateKey:
    """Return the error of a request whose key belongs to another task."""
    difference = " and ".join(differences)
    status = derive_status(row, now)
    if row.status not in ENDED:
        return DuplicateKey(
            f"The key {row.key!r} belongs to another task, which is {status}: {difference}. To move a task, "
            "reschedule it; to replace it, schedule with replace=True or --replace; for another task, use "
            "another key."
        )
    until = f" until {_format(row.expires)}" if row.expires else ""
    return KeyUsedUp(
        f"The key {row.key!r} is used up by a task that is {status}: {difference}. The table keeps it"
        f"{until}: use another key."
    )


def _format(seconds: int) -> str:
    return format_moment(datetime.fromtimestamp(seconds, UTC))
