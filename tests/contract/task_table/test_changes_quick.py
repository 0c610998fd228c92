"""Changes of key rows: DynamoDB carries them out as the table in memory does."""

from dataclasses import replace

import pytest
from boto3.dynamodb.conditions import Attr
from hypothesis import given, settings
from hypothesis import strategies as st

from task_table.dynamodb import DynamoDbTable
from task_table.key_row import KeyRow, RowStatus
from task_table.ports import Table
from task_table.write import Creation
from tests.contract.task_table.changes import CHANGES, NEW_TOKEN
from tests.contract.task_table.rows import NOW, TOKEN, build_row
from tests.contract.task_table.writing import check_standings, predict, put, write

rows = st.builds(
    build_row,
    token=st.sampled_from([TOKEN, NEW_TOKEN]),
    made=st.sampled_from([TOKEN, NEW_TOKEN]),
    due=st.sampled_from([NOW - 1, NOW, NOW + 1]),
    status=st.sampled_from(RowStatus),
    attempts=st.integers(0, 4),
    moves=st.integers(0, 2),
    claim=st.sampled_from([None, "mine", "another's"]),
    lease=st.sampled_from([None, 0, NOW - 1, NOW, NOW + 1]),
    expires=st.sampled_from([None, NOW - 1, NOW, NOW + 1]),
    error=st.sampled_from([None, "ValueError"]),
)


@pytest.mark.parametrize("name", ["claim", "create", "redrive"])
def test_change_is_accepted_in_its_standings_alone(table: Table, name: str) -> None:
    """A refused change has the row as it is, and leaves it so."""
    check_standings(table, name)


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - {"create"}))
def test_change_of_no_row_is_refused(table: Table, name: str) -> None:
    """It does not make one: DynamoDB's UpdateItem would, without a condition."""
    assert write(table, CHANGES[name](build_row())) == "refused: None"
    assert table.get("order-42") is None


def test_creation_without_a_row_writes_it(table: Table) -> None:
    """The row after it is the written one, and the time is the table's."""
    row = build_row(key="Bestellung ä#1")
    written = table.write(Creation(row, Attr("sk").not_exists()))
    assert (written.row, table.get(row.key)) == (row, row)
    assert written.at > NOW - 86_400 * 365


@settings(deadline=None)  # others use the computer, too
@given(row=rows, seen=rows, name=st.sampled_from(sorted(CHANGES)))
def test_dynamodb_judges_conditions_as_python_does(
    dynamodb: DynamoDbTable, row: KeyRow, seen: KeyRow, name: str
) -> None:
    """For any row, and a change by a participant that saw the row in any other state."""
    row = put(dynamodb, row)
    change = CHANGES[name](replace(seen, key=row.key))
    assert write(dynamodb, change) == predict(change, row)
