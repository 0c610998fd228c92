"""Schedules a task, and finds out whether a used key belongs to the same task."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from delay._due import SPREAD, validate_form
from delay._payload import Payload
from delay.errors import DuplicateKey, KeyUsedUp
from delay.request import Request, require_request
from delay.table.contention import retry_contended
from delay.table.digest import compute_digest
from delay.table.due import compute_due
from delay.table.key import validate_key
from delay.table.placing import Placement, Placer, ceil_second, to_moment
from delay.table.requests import Requests
from delay.table.row_task import build_task, derive_status
from delay.task import ScheduledTask
from delay.text.moment import format_moment
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.slot_row import SlotRow
from task_table.transitions import create, is_own
from task_table.write import Refused


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A validated request."""

    placement: Placement
    digest: str
    is_delay: bool
    """Whether the request has a delay, and not a time."""
    replaces: bool


def prepare(request: Request, get_now: Callable[[], datetime]) -> PreparedRequest:
    """Validate a request at the current time, which is read once all else is valid.

    Raises:
        InvalidRequest: the payload, the time or the key is invalid.

    """
    require_request(request)
    key = str(uuid4()) if request.key is None else validate_key(request.key)
    payload = Payload(request.payload)
    validate_form(after=request.after, at=request.at)
    now = get_now()
    due = compute_due(now, after=request.after, at=request.at, allow_past=request.allow_past)
    placement = Placement(key, due, compute_delay_seconds(due, now), payload.text)
    return PreparedRequest(placement, compute_digest(payload.text), request.at is None, request.replace)


class Scheduler:
    """Validates requests and sends them."""

    def __init__(self, requests: Requests, placer: Placer) -> None:
        self._requests = requests
        self._placer = placer

    def prepare(self, request: Request) -> PreparedRequest:
        """Validate a request at the current time. It raises what the function `prepare` raises."""
        return prepare(request, self._read_clock)

    def _read_clock(self) -> datetime:
        self._requests.check_clock()
        return self._requests.clock.now()

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

        A refused request leaves its slot row. The claim drops the row's message, and DynamoDB deletes it.

        Raises:
            DuplicateKey: the key belongs to another task.
            Contended: the key was freed and taken again, several times.

        """
        return retry_contended(prepared.placement.key, lambda: self._try_to_send(prepared))

    def _try_to_send(self, prepared: PreparedRequest) -> ScheduledTask | None:
        """Return the task; None if the row that had its key was deleted meanwhile."""
        slot_row = self._placer.put(self._placer.build(prepared.placement))
        write = create(self.build_key_row(prepared, slot_row), self._requests.read_seconds())
        try:
            written = self._requests.write(write)
        except Refused as refused:
            if refused.row is None:
                return None
            if not is_own(write, refused.row):
                return self.accept(prepared, refused.row)
            row, at = refused.row, self._requests.read_seconds()
        else:
            row, at = written.row, written.at
        row = self._placer.finish(row, slot_row, at)
        if row.digest == prepared.digest:
            return self.build_task(row, prepared)
        payload = self._placer.find_payload(row) or prepared.placement.payload  # it was replaced meanwhile
        return build_task(row, payload, self._requests.arn, self._requests.clock.now())

    def accept(self, prepared: PreparedRequest, row: KeyRow) -> ScheduledTask:
        """Return the existing task of a key if it is the same, and make sure that it will be called.

        The client that made it may have died before it sent the message.

        Raises:
            DuplicateKey: it is another task.

        """
        if differences := self.find_differences(prepared, row):
            raise build_conflict(row, differences, self._requests.clock.now())
        if row.status is RowStatus.WAITING:
            payload = prepared.placement.payload
            slot_row = self._placer.find_slot_row(row) or self._placer.rewrite(row, payload)
            row = self._placer.finish(row, slot_row, self._requests.read_seconds())
        return self.build_task(row, prepared)

    def build_task(self, row: KeyRow, prepared: PreparedRequest) -> ScheduledTask:
        """Return the task of a row, whose payload is that of the request."""
        return build_task(row, prepared.placement.payload, self._requests.arn, self._requests.clock.now())

    def find_differences(self, prepared: PreparedRequest, row: KeyRow) -> list[str]:
        """Return how a request and the existing task of its key differ; an empty list if they do not."""
        differences = []
        requested = max(ceil_second(prepared.placement.due), row.scheduled)
        is_same_time = abs(max(row.due, row.scheduled) - requested) <= SPREAD.total_seconds()
        if not is_same_time and not _is_same_delay(prepared, row):
            differences.append(f"it is due {_format(row.due)}, not {_format(requested)}")
        if row.digest != prepared.digest:
            differences.append("its payload differs")
        if row.status is RowStatus.CANCELLED and not differences:
            differences.append("it was cancelled")
        return differences


def _is_same_delay(prepared: PreparedRequest, row: KeyRow) -> bool:
    """Return whether a task is open that was scheduled after the same delay, earlier or later."""
    is_first = row.status not in ENDED and not row.moves
    return is_first and prepared.is_delay and prepared.placement.delay_seconds == row.delay


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
    return format_moment(to_moment(seconds))
