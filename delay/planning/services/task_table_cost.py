"""The bill of the table store, line by line: rows, reads, storage, messages, and the functions' time.

The rows and the protocol are those of `task_table`, as tests check; this package does not import it.

docs/why/cost.md explains the lines. The functions' seconds are assumed: they have not been measured on AWS.
"""

import json
import math
from dataclasses import dataclass
from typing import Final, Self

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.request_units import (
    BATCH_ENTRIES,
    STORED_BYTES_OF_AN_ITEM,
    count_query_units,
    count_read_units,
    count_requests,
    count_write_units,
    measure_item,
)
from delay.planning.workload import DAY_SECONDS, MONTH_SECONDS, Workload

SLOT_SECONDS: Final = 60
SHARDS: Final = 4
SWEEPS: Final = 3
PASSES: Final = 1 + 1 + (SWEEPS - 1) * 0.5
"""The strong reads of a slot: by the drain, by the last sweep, and by the other sweeps at half the price."""
LOOK_AHEAD_SECONDS: Final = 600
HORIZON_SECONDS: Final = LOOK_AHEAD_SECONDS + 120
"""A client itself sends the message of a task that is due within this time."""

INLINE_BYTES: Final = 4_096
"""A larger payload stays in its slot row, and the message has its address."""

KEEP_SECONDS: Final = 7 * DAY_SECONDS
"""The default of the parameter TableKeepDays: a row is kept this long after its task ended."""
SLOT_MARGIN_SECONDS: Final = 30 * DAY_SECONDS
"""A slot row is kept this much longer, in case the drain stands still."""

MEMORY_GB: Final = 0.25
REQUEST_SECONDS: Final = 0.01
"""The time of a call to SQS or DynamoDB within a function."""
TICK_SECONDS: Final = (SHARDS + 2) * REQUEST_SECONDS
"""The time of a pass of the drain or of a sweep that finds nothing: its cursor is read and written."""
CALL_SECONDS: Final = 2 * REQUEST_SECONDS
"""The time of a task's claim and of the mark of its end."""
ROWS_OF_A_READ: Final = 100
"""The rows that the sweep reads by one BatchGetItem."""

_KEY: Final = "k" * 32
_TOKEN: Final = "0" * 16
_TIME: Final = {"N": "1795512601"}
_SMALL: Final = {"N": "1"}
_SLOT: Final = {"S": "slot#29925210#7"}

_GB: Final = 1 << 30
_POLL_SECONDS: Final = 20
"""Lambda's receives wait this long for a message.

Source: "Understanding Amazon SQS and AWS Lambda Event Source Mapping", AWS.
"""

POLLERS: Final = 5
"""The receives that Lambda makes at once, as long as few messages come. It may lower them to 2."""
_NEVER_EMPTY: Final = 50
_CURSORS_READ: Final = 1 + 1 + SWEEPS
"""By a tick of the drain, which reads its cursor, and one of the sweep, which reads that one and its own."""


def measure_slot_row(payload_bytes: float) -> float:
    """Return the bytes of a slot row with such a payload and a key of 32 bytes."""
    return payload_bytes + measure_item(
        {
            "pk": _SLOT,
            "sk": {"S": f"001795512601#{_KEY}#{_TOKEN}"},
            "payload": {"S": ""},
            "delay": _TIME,
            "made": {"S": _TOKEN},
            "expires": _TIME,
        }
    )


def measure_key_row() -> int:
    """Return the bytes of an ended task's key row with a key of 32 bytes, without an error and a result."""
    times = dict.fromkeys(("due", "delay", "scheduled", "lease", "called", "ended", "expires"), _TIME)
    tokens = {name: {"S": _TOKEN} for name in ("token", "made", "claim")}
    return measure_item(
        {
            "pk": {"S": "key#63"},
            "sk": {"S": _KEY},
            "slot": _SLOT,
            "status": {"S": "SUCCEEDED"},
            "digest": {"S": "0" * 32},
            "moves": _SMALL,
            "attempts": _SMALL,
            **times,
            **tokens,
        }
    )


def measure_message(payload: str | None) -> int:
    """Return the bytes of a message with this payload, or with the address of a large one."""
    time = int(_TIME["N"])
    members = {"key": _KEY, "token": _TOKEN, "due": time, "delay": time, "made": _TOKEN, "slot": _SLOT["S"]}
    if payload is not None:
        members["payload"] = payload
    return len(json.dumps(members, separators=(",", ":")).encode())


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


def estimate_table_cost(workload: Workload, facts: Facts, *, records_end: bool = True) -> Cost:
    """Return the cost of a workload in the table.

    `records_end` is the parameter TableRecordsEnd: without it, a success is not written.
    """
    traffic = TableTraffic.of(workload, records_end=records_end)
    return (
        _price_writes(traffic, facts)
        + _price_reads(traffic, facts)
        + _price_storage(traffic, facts)
        + _price_messages(traffic, facts)
        + _price_functions(traffic, facts)
    )


def count_units_of_a_task(payload_bytes: float, moves: float = 0) -> float:
    """Return the write units of a task that is called once: its two rows, the claim and the end.

    A move takes another slot row, the change of the key row, and the refused claim of the old message.
    """
    slot, key = count_write_units(measure_slot_row(payload_bytes)), count_write_units(measure_key_row())
    return slot + 3 * key + moves * (slot + 2 * key)


def _price_writes(traffic: TableTraffic, facts: Facts) -> Cost:
    slot_units = count_write_units(measure_slot_row(traffic.payload_bytes))
    return Cost.at(
        facts.price("table-write-unit"),
        [
            ("slot rows written", traffic.slot_rows * slot_units),
            ("key rows written", traffic.tasks),
            ("moves written", traffic.moves),
            ("claims written", traffic.delivered),
            ("ends written", traffic.ended),
            ("cancellations written", traffic.cancelled),
            ("retries written", traffic.retries),
            ("cursors written", traffic.minutes * (1 + SWEEPS)),
        ],
    )


def _price_reads(traffic: TableTraffic, facts: Facts) -> Cost:
    payload = count_read_units(measure_slot_row(traffic.payload_bytes), is_strong=True)
    is_read = traffic.payload_bytes > INLINE_BYTES
    return Cost.at(
        facts.price("table-read-unit"),
        [
            ("slot rows read by the drain", traffic.read_units_of_a_pass),
            ("slot rows read by sweeps", traffic.read_units_of_a_pass * (PASSES - 1)),
            ("key rows read by sweeps", traffic.slot_rows * (PASSES - 1)),
            ("rows read to cancel or move", (traffic.cancelled + traffic.moves) * (1 + payload)),
            ("cursors read", traffic.minutes * _CURSORS_READ),
            ("payloads read", (traffic.called + traffic.retries) * payload * is_read),
        ],
    )


def _price_storage(traffic: TableTraffic, facts: Facts) -> Cost:
    kept = traffic.wait_seconds + KEEP_SECONDS
    slot = _count_gb_months(
        traffic.slot_rows, measure_slot_row(traffic.payload_bytes), kept + SLOT_MARGIN_SECONDS
    )
    key = _count_gb_months(traffic.tasks, measure_key_row(), kept)
    return Cost.at(
        facts.price("table-gb-month"), [("GB-months of slot rows", slot), ("GB-months of key rows", key)]
    ) + Cost.at(facts.price("table-recovery"), [("GB-months of recovery", slot + key)])


def _count_gb_months(rows: float, row_bytes: float, kept_seconds: float) -> float:
    return rows * (row_bytes + STORED_BYTES_OF_AN_ITEM) / _GB * kept_seconds / MONTH_SECONDS


def _price_messages(traffic: TableTraffic, facts: Facts) -> Cost:
    sent = traffic.slot_rows / traffic.sends if traffic.sends else 1
    return Cost.at(
        facts.price("sqs-request"),
        [
            ("sends", traffic.sends * count_requests([sent * traffic.message_bytes])),
            ("receives", traffic.receives * count_requests([traffic.batch * traffic.message_bytes])),
            ("deletions", traffic.receives),
            ("retries put off", traffic.retries),
            ("empty receives", traffic.empty_receives),
        ],
    )


def _price_functions(traffic: TableTraffic, facts: Facts) -> Cost:
    drain = traffic.minutes * TICK_SECONDS + traffic.sends * REQUEST_SECONDS
    sweeps = SWEEPS * (traffic.minutes * TICK_SECONDS + traffic.reads_of_a_pass * REQUEST_SECONDS)
    payloads = (traffic.called + traffic.retries) * (traffic.payload_bytes > INLINE_BYTES)
    claims = (traffic.delivered + traffic.ended + traffic.retries + payloads) * REQUEST_SECONDS
    return (
        Cost.at(
            facts.price("lambda-gb-second"),
            [
                ("GB-seconds of the drain", drain * MEMORY_GB),
                ("GB-seconds of sweeps", sweeps * MEMORY_GB),
                ("GB-seconds of claims and ends", claims * MEMORY_GB),
            ],
        )
        + Cost.at(facts.price("lambda-request"), [("calls of drain and sweep", 2 * traffic.minutes)])
        + Cost.at(facts.price("scheduled-call"), [("ticks of drain and sweep", 2 * traffic.minutes)])
    )
