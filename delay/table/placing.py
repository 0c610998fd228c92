"""Places a task in time: writes its slot row, and later sends its message if the drain has passed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from delay.table.requests import Requests
from delay.table.setup import Setup
from task_table.horizon import find_horizon
from task_table.key_row import KeyRow, RowStatus
from task_table.message import Message
from task_table.sending import Sender
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow, compute_expiry
from task_table.transitions import make_token, relocate
from task_table.write import Refused

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Placement:
    """A task's payload and due time. `made` is the token of the operation that made it, None for this one."""

    key: str
    due: datetime
    delay_seconds: int
    payload: str
    made: str | None = None


class Placer:
    """Writes slot rows and sends messages. Clients' clocks may be wrong: times are the table's own."""

    def __init__(self, requests: Requests, setup: Setup) -> None:
        self._requests = requests
        self._setup = setup

    def build(self, placement: Placement) -> SlotRow:
        """Return the slot row of a task, with a new token."""
        setup = self._setup.get()
        token, due = make_token(), ceil_second(placement.due)
        now = self._requests.read_seconds()
        slot = Slot.of_task(placement.key, due, now, setup.shards)
        return SlotRow(
            slot=slot,
            key=placement.key,
            token=token,
            due=due,
            payload=placement.payload,
            delay=placement.delay_seconds,
            made=placement.made or token,
            expires=compute_expiry(slot, setup.keep_seconds),
        )

    def put(self, slot_row: SlotRow) -> SlotRow:
        """Write a slot row, and return it as it was written, in a slot that the sweeps have not passed.

        The order matters: after a crash there is a row without a task, and not a task without a row.
        """
        at = self._requests.put_slot(slot_row)
        current = self._catch_up(slot_row, at)
        if current is not slot_row:
            self._requests.put_slot(current)
        return current

    def finish(self, row: KeyRow, slot_row: SlotRow, at: int) -> KeyRow:
        """Make sure that a task is found, after its key row was written `at` this time by the table's clock.

        If hours passed between the two writes, the sweeps have passed the slot: then it gets another.
        A task that was moved meanwhile was finished by the operation that moved it.
        """
        if row.token != slot_row.token:
            return row
        current = slot_row
        while (caught_up := self._catch_up(current, at)) is not current or current.slot.pk != row.slot:
            if caught_up is not current:
                self._requests.put_slot(caught_up)
            current = caught_up
            try:
                relocated = self._requests.write(relocate(row, current))
            except Refused as refused:  # it was moved or has ended, so nothing needs the slot row
                return refused.row or row
            row, at = relocated.row, relocated.at  # hours may have passed again
        self.send_passed([(row, current)], at)
        return row

    def send_passed(self, rows: Sequence[tuple[KeyRow, SlotRow]], at: int) -> None:
        """Send the messages of those waiting tasks whose slots the drain may have passed."""
        horizon, clock = find_horizon(at), self._requests.follow(at)
        messages = [
            Message.of_row(slot_row)
            for row, slot_row in rows
            if row.status is RowStatus.WAITING and row.token == slot_row.token and row.due < horizon
        ]
        if messages:
            url = self._setup.get().queue_url
            self._requests.ask_queue(url, lambda queue: Sender(queue, clock).send(messages))

    def find_payload(self, row: KeyRow) -> str | None:
        """Return the payload of a task, from its slot row; None if that was deleted."""
        slot_row = self.find_slot_row(row)
        return None if slot_row is None else slot_row.payload

    def rewrite(self, row: KeyRow, payload: str) -> SlotRow:
        """Write the deleted slot row of a waiting task again."""
        placement = Placement(row.key, to_moment(row.due), row.delay, payload, row.made)
        slot_row = replace(self.build(placement), token=row.token)
        self._requests.put_slot(slot_row)
        return slot_row

    def find_slot_row(self, row: KeyRow) -> SlotRow | None:
        """Return the slot row of a task; None if DynamoDB deleted it, months after its due time."""
        return self._requests.ask_table(lambda table: table.get_slot_row(row.slot, row.slot_sort_key))

    def _catch_up(self, slot_row: SlotRow, at: int) -> SlotRow:
        """Return the slot row in the slot of this time, if its own lies before that."""
        if slot_row.slot.minute >= at // SECONDS:
            return slot_row
        slot = replace(slot_row.slot, minute=at // SECONDS)
        return replace(slot_row, slot=slot, expires=compute_expiry(slot, self._setup.get().keep_seconds))


def ceil_second(moment: datetime) -> int:
    """Return a time in whole seconds since 1970, rounded up: a task is never early."""
    # A float has no microseconds left in the year 9999.
    return -((_EPOCH - moment) // timedelta(seconds=1))


def to_moment(seconds: int) -> datetime:
    """Return a time (UTC) from seconds since 1970."""
    return _EPOCH + timedelta(seconds=seconds)
