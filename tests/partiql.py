"""PartiQL inserts for moto, whose own take no parameters and overwrite the row of a taken key."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType

_INSERT = re.compile(r'INSERT INTO "(?P<table>[^"]+)" VALUE \{(?P<names>.+)\}')
_DUPLICATE = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}


@contextmanager
def partiql_inserts() -> Iterator[None]:
    """Answer BatchExecuteStatement as AWS does, for inserts with a parameter for each attribute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoDBBackend, "batch_execute_statement", _execute_batch)
        yield


def _execute_batch(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_insert(backend, each["Statement"], each["Parameters"]) for each in statements]


def _insert(backend: DynamoDBBackend, statement: str, parameters: list[Any]) -> dict[str, Any]:
    match = _INSERT.fullmatch(statement)
    assert match, statement
    names = re.findall(r"'([^']+)': \?", match["names"])
    item = dict(zip(names, parameters, strict=True))
    table = backend.get_table(match["table"])
    if table.get_item(DynamoType(item["pk"]), DynamoType(item["sk"])):
        return {"Error": _DUPLICATE}
    table.put_item(item)
    return {"TableName": table.name}
