"""The traffic of the table store: how many rows, messages, receives and reads a workload causes."""

import math
from dataclasses import dataclass
from typing import Final, Self

from delay.planning.request_units import BATCH_ENTRIES, count_query_units
from delay.planning.services.table_store.protocol import (
    HORIZON_SECONDS,
    INLINE_BYTES,
    ROWS_OF_A_READ,
    SHARDS,
    SLOT_SECONDS,
)
from delay.planning.services.table_store.rows import measure_message, measure_slot_row
from delay.planning.workload import MONTH_SECONDS, Workload

_POLL_SECONDS: Final = 20
"""Lambda's receives wait this long for a message.

Source: "Understanding Amazon SQS and AWS Lambda Event Source Mapping", AWS.
"""

POLLERS: Final = 5
"""The receives that Lambda makes at once, as long as few messages come. It may lower them to 2."""
_NEVER_EMPTY: Final = 50


@dataclass(frozen=True, slots=True)
class TableTraffic:
    """The traffic of a month, or of tasks that come once.

    `minutes` is 0 for tasks that come once: the price of idle functions is then left out.
    """

    tasks: float
    cancelled: float
    moves: float
    retries: float
    minutes: float
    payload_bytes: int
    wait_seconds: float
    records_end: bool = True

    @classmethod
    def of(cls, workload: Workload, *, records_end: bool = True) -> Self:
        """Return the traffic of a workload."""
        shape, tasks = workload.shape, workload.tasks
        return cls(
            tasks=tasks,
            cancelled=tasks * shape.cancelled,
            moves=tasks * shape.moved,
            retries=tasks * (1 - shape.cancelled) * shape.retries,
            minutes=MONTH_SECONDS / SLOT_SECONDS if workload.is_monthly else 0,
            payload_bytes=shape.payload_bytes,
            wait_seconds=workload.delays.mean_seconds if workload.delays else 0,
            records_end=records_end,
        )

    @property
    def called(self) -> float:
        """The tasks that are called."""
        return self.tasks - self.cancelled

    @property
    def slot_rows(self) -> float:
        """The slot rows: each move makes another, whose message is sent and dropped like any other."""
        return self.tasks + self.moves

    @property
    def ended(self) -> float:
        """The ends that are written."""
        return self.called if self.records_end else 0

    @property
    def delivered(self) -> float:
        """The messages that are received. Those of cancelled and moved tasks are received and dropped."""
        return self.slot_rows + self.retries

    @property
    def batch(self) -> float:
        """The mean number of messages in a receive: those that become visible at the same moment.

        They are due in the same second, and were sent together, in the order of their due times. Tasks come
        at random: a second without one has no such group, and the end of a sent batch cuts one in two. A
        meter of simulated traffic agrees; SQS itself may return fewer.
        """
        due = self._rows_of_a_slot / SLOT_SECONDS if self.is_drained else 0
        if not due:
            return 1
        return due * BATCH_ENTRIES / (due - (BATCH_ENTRIES - 1) * math.expm1(-due))

    @property
    def is_drained(self) -> bool:
        """Whether the drain sends the messages: those that are due sooner are sent by their clients."""
        return bool(self.minutes) and self.wait_seconds >= HORIZON_SECONDS

    @property
    def receives(self) -> float:
        """The receives that find messages."""
        return self.delivered / self.batch

    @property
    def sends(self) -> float:
        """The calls that send messages: a batch holds tasks of one slot."""
        if not self.is_drained:
            return self.slot_rows
        return self.minutes * _count_batches(self._rows_of_a_slot, BATCH_ENTRIES)

    @property
    def message_bytes(self) -> float:
        """The size of a message."""
        inline = self.payload_bytes <= INLINE_BYTES
        return measure_message("" if inline else None) + self.payload_bytes * inline

    @property
    def reads_of_a_pass(self) -> float:
        """The calls of a sweep that read key rows."""
        if not self.minutes:
            return self.slot_rows / ROWS_OF_A_READ
        return self.minutes * SHARDS * _count_batches(self._rows_of_a_slot / SHARDS, ROWS_OF_A_READ)

    @property
    def read_units_of_a_pass(self) -> float:
        """The units to read all slot rows once, strongly."""
        row = measure_slot_row(self.payload_bytes)
        if not self.minutes:
            return count_query_units(self.slot_rows * row, is_strong=True)
        units = count_query_units(self._rows_of_a_slot / SHARDS * row, is_strong=True)
        return self.minutes * SHARDS * units

    @property
    def empty_receives(self) -> float:
        """The receives that find no message within their 20 seconds, if messages come at random."""
        if not self.minutes:
            return 0
        found = self.receives / self.minutes / SLOT_SECONDS
        messages = found / POLLERS * _POLL_SECONDS
        share = messages / math.expm1(min(messages, _NEVER_EMPTY)) if messages else 1
        return round(POLLERS * self.minutes * SLOT_SECONDS / _POLL_SECONDS * share)

    @property
    def _rows_of_a_slot(self) -> float:
        return self.slot_rows / self.minutes


def _count_batches(rows: float, most: int) -> float:
    """Return the average number of batches for a number of rows."""
    return rows if rows < 1 else math.ceil(rows / most)
