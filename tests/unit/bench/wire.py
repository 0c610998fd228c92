"""Counts what DynamoDB bills, from the requests of a boto3 client and the items before and after them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bench.task_table.bill import Bill
from bench.task_table.meter import READS, WRITES
from delay.planning.request_units import (
    count_batch_get_units,
    count_query_units,
    count_read_units,
    count_write_units,
    measure_item,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class MeteredClient:
    """A client whose requests are counted. `get_item` of the wrapped one, which is not, sees the items."""

    def __init__(self, client: "DynamoDBClient", bill: Bill, participant: str) -> None:
        self._client = client
        self._bill = bill
        self._participant = participant
        self._counts: Mapping[str, Callable[[Any, Any], tuple[str, float]]] = {
            "get_item": _count_get,
            "batch_get_item": _count_batch_get,
            "query": _count_query,
        }

    def __getattr__(self, name: str) -> Any:
        """Return a method of the client, metered if it is one of DynamoDB's operations."""
        method = getattr(self._client, name)
        if name in self._counts:
            return partial(self._read, name, method)
        if name in {"put_item", "update_item", "batch_write_item", "batch_execute_statement"}:
            return partial(self._write, method)
        return method

    def _read(self, name: str, method: Callable[..., Any], **request: Any) -> Any:
        response = method(**request)
        self._bill.add(self._participant, *self._counts[name](request, response))
        return response

    def _write(self, method: Callable[..., Any], **request: Any) -> Any:
        places = _find_places(request)
        before = [self._measure(*place) for place in places]
        try:
            response = method(**request)
        except ClientError:
            self._charge_writes([0] * len(places), before)
            raise
        self._charge_writes([self._measure(*place) for place in places], before)
        return response

    def _charge_writes(self, after: Sequence[int], before: Sequence[int]) -> None:
        units = sum(map(count_write_units, after, before))
        self._bill.add(self._participant, WRITES, units)

    def _measure(self, table: str, key: Mapping[str, Any]) -> int:
        found = self._client.get_item(TableName=table, Key=key)
        return measure_item(found["Item"]) if "Item" in found else 0


def _find_places(request: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the tables and the keys that a write goes to."""
    if "Statements" in request:
        return [_find_place(each) for each in request["Statements"]]
    if "RequestItems" in request:
        ((table, puts),) = request["RequestItems"].items()
        return [(table, _cut_key(put["PutRequest"]["Item"])) for put in puts]
    return [(request["TableName"], _cut_key(request.get("Key") or request["Item"]))]


def _find_place(statement: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    table, names = re.findall(r'INTO "(.+)" VALUE \{(.+)\}', statement["Statement"])[0]
    item = dict(zip(re.findall(r"'([^']+)': \?", names), statement["Parameters"], strict=True))
    return table, _cut_key(item)


def _cut_key(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: item[name] for name in ("pk", "sk")}


def _count_get(request: Any, response: Any) -> tuple[str, float]:
    size = measure_item(response.get("Item", {}))
    return READS, count_read_units(size, is_strong=request.get("ConsistentRead", False))


def _count_batch_get(request: Any, response: Any) -> tuple[str, float]:
    ((table, wanted),) = request["RequestItems"].items()
    sizes = [measure_item(item) for item in response["Responses"].get(table, [])]
    missing = [0] * (len(wanted["Keys"]) - len(sizes))
    return READS, count_batch_get_units(sizes + missing, is_strong=wanted["ConsistentRead"])


def _count_query(request: Any, response: Any) -> tuple[str, float]:
    size = sum(map(measure_item, response["Items"]))
    return READS, count_query_units(size, is_strong=request["ConsistentRead"])
