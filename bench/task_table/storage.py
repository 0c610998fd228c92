"""Charges the storage of the rows of a simulation, each from its write to its expiry."""

from collections.abc import Mapping
from typing import Any

from bench.task_table.bill import GB, Bill
from delay.planning.request_units import STORED_BYTES_OF_AN_ITEM
from delay.planning.workload import MONTH_SECONDS
from task_table.attributes import measure
from task_table.memory import MemoryTable
from task_table.slot_row import parse_sort_key


def charge_storage(table: MemoryTable, bill: Bill) -> None:
    """Charge all rows that expire. A cursor does not, and weighs nothing."""
    for pk, rows in table.items.items():
        for row in rows.values():
            if "expires" in row:
                gb_months = _measure_gb_months(pk, row)
                bill.add("storage", "table-gb-month", gb_months)
                bill.add("storage", "table-recovery", gb_months)


def _measure_gb_months(pk: str, row: Mapping[str, Any]) -> float:
    kept_seconds = int(row["expires"]) - _find_begin(pk, row)
    return (measure(row) + STORED_BYTES_OF_AN_ITEM) / GB * kept_seconds / MONTH_SECONDS


def _find_begin(pk: str, row: Mapping[str, Any]) -> int:
    """Return when a row was written, in seconds since 1970."""
    if pk.startswith("slot#"):
        due, _, _ = parse_sort_key(row["sk"])
        return due - int(row["delay"])
    return int(row["scheduled"])
