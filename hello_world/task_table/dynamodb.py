"""The table on AWS, by boto3's low-level client.

botocore sends a request again if its answer was lost, a conditional write too. Then the condition may be
refused because of one's own first attempt: `is_own` in transitions.py finds that out.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from boto3.dynamodb.conditions import ConditionExpressionBuilder as ExpressionBuilder

from task_table.attributes import read_rows
from task_table.cursor import PARTITION, Cursor, SweepCursor, name_sweep
from task_table.errors import TaskTableError
from task_table.expression import build_condition, build_key, build_put, build_update
from task_table.item import Item, build_item, read_item
from task_table.key_row import KeyRow, build_partition_key
from task_table.ports import Page
from task_table.resending import Sleep, require_done, send_until_done
from task_table.slot_row import SlotRow
from task_table.statement import DUPLICATE, StatementFailed, build_insert, find_failure, is_transient
from task_table.write import Change, Creation, Refused, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from task_table.attributes import Attributes
    from task_table.slot import Slot

EXPIRY: Final = "expires"
"""The attribute by which DynamoDB deletes a row, in seconds since 1970."""


class DynamoDbTable:
    """A table in DynamoDB. `name` is its name, or its ARN for one of another account.

    Errors of DynamoDB are raised as boto3 raises them. A batch that is throttled raises Throttled.
    `sleep` waits between the attempts of a batch; botocore waits between its own.
    """

    def __init__(self, client: DynamoDBClient, name: str, sleep: Sleep = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def read_clock(self) -> int:
        """Return DynamoDB's time. It takes a read of the cursor."""
        key = build_item({"pk": PARTITION, "sk": Cursor.sk})
        return _read_time(self._client.get_item(TableName=self._name, Key=key))

    def put_slot(self, row: SlotRow) -> int:
        """Write a slot row, and return DynamoDB's time."""
        item = build_item(row.build_attributes())
        return _read_time(self._client.put_item(TableName=self._name, Item=item))

    def put_slots(self, rows: Sequence[SlotRow]) -> int:
        """Write up to 25 slot rows, and return DynamoDB's time.

        Raises:
            Throttled: some of them were not written.

        """
        times: list[int] = []

        def send(puts: Sequence[Any]) -> Sequence[Any]:
            response = self._client.batch_write_item(RequestItems={self._name: puts})
            times.append(_read_time(response))
            return response["UnprocessedItems"].get(self._name, [])

        puts: Sequence[Any] = [{"PutRequest": {"Item": build_item(row.build_attributes())}} for row in rows]
        require_done(send_until_done(send, puts, self._sleep))
        return times[-1]

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write.

        Raises:
            Refused: the condition did not hold.

        """
        try:
            return self._create(write) if isinstance(write, Creation) else self._change(write)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise Refused(_read_refused(error.response)) from error

    def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
        """Write up to 25 key rows of different keys, each if its key has none, and return their results.

        The result is Refused if there is a row, and StatementFailed if DynamoDB refused this row alone.
        """
        results: dict[str, Written | StatementFailed] = {}

        def send(batch: Sequence[KeyRow]) -> Sequence[KeyRow]:
            failures = self._insert(batch, results)
            return [row for row, failure in zip(batch, failures, strict=True) if is_transient(failure)]

        send_until_done(send, rows, self._sleep)
        return self._explain(rows, results)

    def get(self, key: str) -> KeyRow | None:
        """Return the key row of a task."""
        found = self._get_item(build_key(key))
        return KeyRow.of_attributes(found) if found else None

    def get_many(self, keys: Sequence[str], *, is_strong: bool = True) -> Mapping[str, KeyRow]:
        """Return the key rows of up to 100 keys, as far as there are any.

        Weak reads may be a moment old, and cost half.

        Raises:
            Throttled: some of them were not read.

        """
        found: dict[str, KeyRow] = {}

        def send(batch: Sequence[Any]) -> Sequence[Any]:
            request: Any = {self._name: {"Keys": batch, "ConsistentRead": is_strong}}
            response: Any = self._client.batch_get_item(RequestItems=request)
            found.update(_index(response["Responses"].get(self._name, [])))
            left: Sequence[Any] = response["UnprocessedKeys"].get(self._name, {}).get("Keys", [])
            return left

        if keys:  # DynamoDB refuses an empty batch, and a key that is in it twice
            require_done(send_until_done(send, [build_key(key) for key in dict.fromkeys(keys)], self._sleep))
        return found

    def get_slot_row(self, pk: str, sk: str) -> SlotRow | None:
        """Return a slot row."""
        found = self._get_item(build_item({"pk": pk, "sk": sk}))
        return SlotRow.of_attributes(found) if found else None

    def query_slot(self, slot: Slot, after: str | None = None, *, is_strong: bool = True) -> Page[SlotRow]:
        """Return rows of a slot, up to 1 MB."""
        rows, last = self._query(slot.pk, "", after, is_consistent=is_strong)
        readable, unreadable = read_rows(SlotRow.of_attributes, rows)
        return Page(readable, last, unreadable)

    def query_keys(
        self, partition: int, prefix: str = "", after: str | None = None, at_most: int | None = None
    ) -> Page[KeyRow]:
        """Return key rows of a partition, up to 1 MB; they may be a moment old, which halves the price."""
        pk = build_partition_key(partition)
        rows, last = self._query(pk, prefix, after, is_consistent=False, at_most=at_most)
        return Page([KeyRow.of_attributes(row) for row in rows], last)

    def get_cursor(self) -> Cursor | None:
        """Return the drain's cursor."""
        found = self._get_item(build_item({"pk": PARTITION, "sk": Cursor.sk}))
        return Cursor.of_attributes(found) if found else None

    def get_sweep_cursor(self, age_seconds: int) -> SweepCursor | None:
        """Return a sweep's cursor."""
        found = self._get_item(build_item({"pk": PARTITION, "sk": name_sweep(age_seconds)}))
        return SweepCursor.of_attributes(found) if found else None

    def make_cursor(self, cursor: Cursor | SweepCursor) -> bool:
        """Write a cursor, if there is none of its name."""
        return self._put_cursor(cursor, Attr("sk").not_exists())

    def advance_cursor(self, old: Cursor | SweepCursor, new: Cursor | SweepCursor) -> bool:
        """Move a cursor, if its position is still that of the old one.

        False also if the first answer was lost: the caller reads the cursor, which is where it should be.
        """
        conditions: list[ConditionBase] = [Attr(name).eq(value) for name, value in old.position.items()]
        return self._put_cursor(new, reduce(and_, conditions))

    def set_expiry(self, *, enabled: bool) -> None:
        """Have DynamoDB delete expired rows, or stop it. It accepts a change once in about an hour."""
        described = self._client.describe_time_to_live(TableName=self._name)["TimeToLiveDescription"]
        if (described.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}) != enabled:
            specification: Any = {"Enabled": enabled, "AttributeName": EXPIRY}
            self._client.update_time_to_live(TableName=self._name, TimeToLiveSpecification=specification)

    def _create(self, write: Creation) -> Written:
        response = self._client.put_item(TableName=self._name, **build_put(write))
        return Written(write.row, _read_time(response))

    def _change(self, write: Change) -> Written:
        response = self._client.update_item(
            TableName=self._name, ReturnValues="ALL_NEW", **build_update(write)
        )
        row = KeyRow.of_attributes(read_item(response["Attributes"]))
        return Written(row, _read_time(response))

    def _insert(
        self, rows: Sequence[KeyRow], results: dict[str, Written | StatementFailed]
    ) -> Sequence[StatementFailed | None]:
        """Note the result of each row, and return the failures in the rows' order."""
        statements: Any = [build_insert(self._name, row.build_attributes()) for row in rows]
        response = self._client.batch_execute_statement(Statements=statements)
        failures = [find_failure(each) for each in response["Responses"]]
        at = _read_time(response)
        for row, failure in zip(rows, failures, strict=True):
            results[row.key] = failure or Written(row, at)
        return failures

    def _explain(
        self, rows: Sequence[KeyRow], results: Mapping[str, Written | StatementFailed]
    ) -> Sequence[Written | Exception]:
        """Return the results, and the row as it is for each key that has one."""
        taken = [key for key, result in results.items() if _is_duplicate(result)]
        found = self.get_many(taken)
        refused = {key: Refused(found.get(key)) for key in taken}
        return [refused.get(row.key) or results[row.key] for row in rows]

    def _put_cursor(self, cursor: Cursor | SweepCursor, condition: ConditionBase) -> bool:
        item = build_item(cursor.build_attributes())
        try:
            self._client.put_item(TableName=self._name, Item=item, **build_condition(condition))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _get_item(self, key: Item) -> Attributes | None:
        response = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        return read_item(response["Item"]) if "Item" in response else None

    def _query(
        self, pk: str, prefix: str, after: str | None, *, is_consistent: bool, at_most: int | None = None
    ) -> tuple[list[Attributes], str | None]:
        """Return a page of rows, and the sort key of its last row if there are more."""
        start: dict[str, Any] = {} if at_most is None else {"Limit": at_most}
        if after is not None:
            start["ExclusiveStartKey"] = build_item({"pk": pk, "sk": after})
        response = self._client.query(
            TableName=self._name, ConsistentRead=is_consistent, **_build_range(pk, prefix), **start
        )
        last = response.get("LastEvaluatedKey")
        return [read_item(item) for item in response["Items"]], str(read_item(last)["sk"]) if last else None


def _build_range(pk: str, prefix: str) -> dict[str, Any]:
    is_in = Key("pk").eq(pk)
    condition = is_in & Key("sk").begins_with(prefix) if prefix else is_in
    built = ExpressionBuilder().build_expression(condition, is_key_condition=True)
    return {
        "KeyConditionExpression": built.condition_expression,
        "ExpressionAttributeNames": built.attribute_name_placeholders,
        "ExpressionAttributeValues": build_item(built.attribute_value_placeholders),
    }


def _index(items: Iterable[Mapping[str, Any]]) -> dict[str, KeyRow]:
    rows, _ = read_rows(KeyRow.of_attributes, map(read_item, items))
    return {row.key: row for row in rows}


def _is_duplicate(result: Written | StatementFailed) -> bool:
    return isinstance(result, StatementFailed) and result.code == DUPLICATE


def _read_refused(response: Mapping[str, Any]) -> KeyRow | None:
    item = response.get("Item")
    return KeyRow.of_attributes(read_item(item)) if item else None


def _read_time(response: Mapping[str, Any]) -> int:
    """Return DynamoDB's time from the answer's header, in seconds since 1970: clients' clocks are wrong."""
    date = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (TypeError, ValueError) as error:
        raise TaskTableError(f"The answer of DynamoDB needs a Date header, got {date!r}.") from error
