"""Lost answers: botocore sends a request again that DynamoDB has carried out before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.conditions import Attr

from task_table.dynamodb import DynamoDbTable
from task_table.key_row import KeyRow
from task_table.transitions import is_own
from task_table.write import Change, Creation, Refused, Written
from tests.contract.task_table.changes import CHANGES, NEW_TOKEN
from tests.contract.task_table.rows import NOW, TOKEN, build_row, build_slot_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Lose = Callable[[str], Any]


@pytest.fixture
def lose(client: "DynamoDBClient") -> Lose:
    """Return how to lose the first answer of an operation while a context lasts."""

    @contextmanager
    def lose_first(operation: str) -> Iterator[list[Any]]:
        answers: list[Any] = []

        def retry(response: Any, **_others: Any) -> Any:
            answers.append(response)
            return 0 if len(answers) == 1 else None  # seconds to wait before it is sent again

        event = f"needs-retry.dynamodb.{operation}"
        client.meta.events.register_first(event, retry)
        yield answers
        client.meta.events.unregister(event, retry)
        assert len(answers) == 2

    return lose_first


def put(table: DynamoDbTable, row: KeyRow) -> KeyRow:
    """Write a row, whatever there is."""
    return table.write(Creation(row, Attr("none").not_exists())).row


def refuse(table: DynamoDbTable, write: Creation | Change) -> KeyRow | None:
    """Return the row as it is after a refused write."""
    with pytest.raises(Refused) as raised:
        table.write(write)
    return raised.value.row


@pytest.mark.parametrize("name", ["move", "replace", "claim"])
def test_change_whose_answer_was_lost_is_known_as_ones_own(
    dynamodb: DynamoDbTable, lose: Lose, name: str
) -> None:
    """The repetition is refused, and the row has the new token or claim."""
    change = CHANGES[name](put(dynamodb, build_row()))
    with lose("UpdateItem"):
        row = refuse(dynamodb, change)
    assert is_own(change, row)


def test_creation_whose_answer_was_lost_is_known_as_ones_own(dynamodb: DynamoDbTable, lose: Lose) -> None:
    """The row has one's own `made`."""
    row = build_row(key="new", made=NEW_TOKEN)
    creation = Creation(row, Attr("sk").not_exists())
    with lose("PutItem"):
        assert refuse(dynamodb, creation) == row
    assert is_own(creation, row)


@pytest.mark.parametrize("name", ["move", "replace", "claim", "cancel", "redrive"])
def test_change_that_another_forestalled_is_not_ones_own(dynamodb: DynamoDbTable, name: str) -> None:
    """The row has another's token and claim."""
    put(dynamodb, build_row(token="2" * 16, claim="another's"))
    change = CHANGES[name](build_row())
    assert not is_own(change, refuse(dynamodb, change))


def test_insert_whose_answer_was_lost_has_ones_own_row(dynamodb: DynamoDbTable, lose: Lose) -> None:
    """It is refused with the row that the first request wrote."""
    rows = [build_row(key=f"lost-{index}") for index in range(3)]
    with lose("BatchExecuteStatement"):
        results = dynamodb.insert(rows)
    assert [result.row for result in results if isinstance(result, Refused)] == rows


def test_slot_rows_whose_answer_was_lost_are_written_again(dynamodb: DynamoDbTable, lose: Lose) -> None:
    """They have no condition, and the second time changes nothing."""
    row = build_slot_row(key="lost")
    with lose("BatchWriteItem"):
        assert dynamodb.put_slots([row]) > 0
    assert dynamodb.get_slot_row(row.slot.pk, row.sk) == row


def test_time_of_a_write_is_that_of_the_answer(client: "DynamoDBClient", dynamodb: DynamoDbTable) -> None:
    """It is DynamoDB's own, from the header Date: clients' clocks are wrong."""

    def set_date(parsed: Any, **_others: Any) -> None:
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = "Mon, 01 Dec 2036 00:00:00 GMT"

    client.meta.events.register("after-call.dynamodb", set_date)
    try:
        row = build_row(key="dated", due=NOW)
        written = dynamodb.write(Creation(row, Attr("sk").not_exists()))
        (inserted,) = dynamodb.insert([build_row(key="dated-2", token=TOKEN)])
        times = [written.at, dynamodb.put_slot(build_slot_row()), dynamodb.put_slots([build_slot_row()])]
    finally:
        client.meta.events.unregister("after-call.dynamodb", set_date)
    assert isinstance(inserted, Written)
    assert {inserted.at, *times} == {2_111_702_400}
