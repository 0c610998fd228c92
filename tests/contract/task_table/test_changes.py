"""Every change of key rows in every standing, in memory and in DynamoDB."""

import pytest

from task_table.ports import Table
from tests.contract.task_table.changes import CHANGES
from tests.contract.task_table.writing import check_standings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", CHANGES)
def test_change_is_accepted_in_its_standings_alone(table: Table, name: str) -> None:
    """A refused change has the row as it is, and leaves it so."""
    check_standings(table, name)
