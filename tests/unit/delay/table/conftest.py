"""A client, and a table in memory behind it."""

import pytest

from delay import Delay
from delay.testing import FakeTaskTable
from tests.unit.delay.table.harness import client, run


@pytest.fixture
def table() -> FakeTaskTable:
    return FakeTaskTable(run)


@pytest.fixture
def delay(table: FakeTaskTable) -> Delay:
    return client(table)
