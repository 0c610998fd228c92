"""The tables under test: in memory, and in the DynamoDB of moto, in this process."""

import time
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from task_table.dynamodb import DynamoDbTable
from task_table.memory import MemoryTable
from task_table.ports import Table
from tests.contract.task_table.creation import REGION, create_table
from tests.partiql import partiql_inserts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client() -> "Iterator[DynamoDBClient]":
    """Return a client of moto's DynamoDB."""
    with mock_aws(), partiql_inserts():
        yield boto3.client("dynamodb", region_name=REGION)


@pytest.fixture(scope="module")
def dynamodb(client: "DynamoDBClient") -> DynamoDbTable:
    """Return a table in DynamoDB, which the tests of a module share."""
    return DynamoDbTable(client, create_table(client))


@pytest.fixture(params=["memory", "dynamodb"])
def table(request: pytest.FixtureRequest) -> Table:
    """Return an empty table of either kind."""
    makers: dict[str, Callable[[], Table]] = {
        "memory": lambda: MemoryTable(time.time),
        "dynamodb": lambda: _make_empty(request),
    }
    return makers[request.param]()


def _make_empty(request: pytest.FixtureRequest) -> DynamoDbTable:
    client = request.getfixturevalue("client")
    return DynamoDbTable(client, create_table(client))
