"""Writes rows into tables under test, and checks how changes end."""

from dataclasses import replace
from itertools import count

from boto3.dynamodb.conditions import Attr

from task_table.key_row import KeyRow
from task_table.ports import Table
from task_table.write import Change, Creation, Refused, apply
from tests.contract.task_table.changes import ACCEPTED, CHANGES, STANDINGS
from tests.contract.task_table.rows import NOW, build_row

KEYS = map("order-{}".format, count())


def put(table: Table, row: KeyRow) -> KeyRow:
    """Write a row under a new key, and return it."""
    row = replace(row, key=next(KEYS))
    table.write(Creation(row, Attr("sk").not_exists()))
    return row


def write(table: Table, change: Creation | Change) -> KeyRow | str:
    """Return the row after a write, or how it was refused."""
    try:
        return table.write(change).row
    except Refused as refused:
        return f"refused: {refused.row}"


def predict(change: Creation | Change, row: KeyRow | None) -> KeyRow | str:
    """Return the same by the rules in Python."""
    try:
        return KeyRow.of_attributes(apply(change, row.build_attributes() if row else None))
    except Refused as refused:
        return f"refused: {refused.row}"


def check_standings(table: Table, name: str) -> None:
    """Make a change of a row in each standing: it is accepted or refused, and a refusal changes nothing."""
    for standing, values in STANDINGS.items():
        row = put(table, build_row(due=NOW - 1, **values))
        outcome = write(table, CHANGES[name](row))
        kept = f"refused: {row}"
        assert (outcome != kept) == (standing in ACCEPTED[name]), standing
        assert table.get(row.key) == (row if outcome == kept else outcome)
