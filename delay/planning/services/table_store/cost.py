"""The bill of the table store, line by line: rows, reads, storage, messages, and the functions' time.

docs/why/cost.md explains the lines.
"""

from typing import Final

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.request_units import (
    STORED_BYTES_OF_AN_ITEM,
    count_read_units,
    count_requests,
    count_write_units,
)
from delay.planning.services.table_store.protocol import (
    CURSORS_READ,
    INLINE_BYTES,
    KEEP_SECONDS,
    MEMORY_GB,
    PASSES,
    REQUEST_SECONDS,
    SLOT_MARGIN_SECONDS,
    SWEEPS,
    TICK_SECONDS,
)
from delay.planning.services.table_store.rows import measure_key_row, measure_slot_row
from delay.planning.services.table_store.traffic import TableTraffic
from delay.planning.workload import MONTH_SECONDS, Workload

_GB: Final = 1 << 30


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
            ("cursors read", traffic.minutes * CURSORS_READ),
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
