"""The table in DynamoDB: what is left of a batch, and answers that no emulator gives."""

from typing import Any

import pytest

from task_table.dynamodb import DynamoDbTable
from task_table.errors import TaskTableError, UnreadableRow
from task_table.item import build_item
from task_table.resending import Throttled
from task_table.statement import StatementFailed
from task_table.write import Refused, Written
from tests.contract.task_table.rows import build_row, build_slot_row
from tests.unit.task_table.answers import AT, ScriptedClient

ATTEMPTS = 8
ROWS = [build_row(key=f"order-{index}") for index in range(3)]
SLOT_ROWS = [build_slot_row(key=f"order-{index}") for index in range(3)]
ITEMS = [build_item(row.build_attributes()) for row in ROWS]


class Table:
    """A table whose client answers by script, and the pauses that it makes."""

    def __init__(self, *answers: Any) -> None:
        self.client = ScriptedClient(*answers)
        self.pauses: list[float] = []
        client: Any = self.client
        self.table = DynamoDbTable(client, "tasks", self.pauses.append)


def leave_puts(*items: Any) -> dict[str, Any]:
    puts = [{"PutRequest": {"Item": item}} for item in items]
    return {"UnprocessedItems": {"tasks": puts} if puts else {}}


def answer_read(*items: Any, left: Any = ()) -> dict[str, Any]:
    keys = [{name: item[name] for name in ("pk", "sk")} for item in left]
    return {"Responses": {"tasks": list(items)}, "UnprocessedKeys": {"tasks": {"Keys": keys}} if keys else {}}


def answer_statements(*codes: str | None) -> dict[str, Any]:
    return {
        "Responses": [
            {"Error": {"Code": code, "Message": "a reason"}} if code else {"TableName": "tasks"}
            for code in codes
        ]
    }


def list_inserted(client: ScriptedClient) -> list[list[str]]:
    """Return the keys of each request's statements: the second parameter is the sort key."""
    return [
        [each["Parameters"][1]["S"] for each in request["Statements"]]
        for request in client.requests
        if "Statements" in request
    ]


def test_unprocessed_slot_rows_are_sent_again_alone() -> None:
    """After a pause that grows."""
    items = [build_item(row.build_attributes()) for row in SLOT_ROWS]
    scripted = Table(leave_puts(*items[1:]), leave_puts(items[2]), leave_puts())
    assert scripted.table.put_slots(SLOT_ROWS) == AT
    sent = [len(request["RequestItems"]["tasks"]) for request in scripted.client.requests]
    assert sent == [3, 2, 1]
    assert len(scripted.pauses) == 2


def test_slot_rows_that_stay_unprocessed_raise_throttled() -> None:
    """The caller must not acknowledge them."""
    scripted = Table(*[leave_puts(*ITEMS)] * ATTEMPTS)
    with pytest.raises(Throttled, match="left 3 of a batch in 8 attempts"):
        scripted.table.put_slots(SLOT_ROWS)
    assert 0 < max(scripted.pauses) <= 3.2


def test_unprocessed_keys_are_read_again_alone() -> None:
    """Strongly consistent, as the first time."""
    scripted = Table(answer_read(ITEMS[0], left=ITEMS[1:]), answer_read(*ITEMS[1:]))
    assert list(scripted.table.get_many([row.key for row in ROWS]).values()) == ROWS
    again = scripted.client.requests[1]["RequestItems"]["tasks"]
    assert (len(again["Keys"]), again["ConsistentRead"]) == (2, True)


def test_keys_that_stay_unprocessed_raise_throttled() -> None:
    """A part of the rows would read as if the others were not there."""
    scripted = Table(*[answer_read(left=ITEMS[:1])] * ATTEMPTS)
    with pytest.raises(Throttled):
        scripted.table.get_many([ROWS[0].key])


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded", "InternalServerError"])
def test_throttled_statement_is_sent_again_alone(code: str) -> None:
    """The others have their results."""
    scripted = Table(answer_statements(None, code, None), answer_statements(None))
    assert scripted.table.insert(ROWS) == [Written(row, AT) for row in ROWS]
    assert list_inserted(scripted.client) == [["order-0", "order-1", "order-2"], ["order-1"]]


def test_statement_that_stays_throttled_is_its_rows_result() -> None:
    """It fails no other row."""
    answers = [answer_statements(None, "ThrottlingError", None), *[answer_statements("ThrottlingError")] * 7]
    first, second, third = Table(*answers).table.insert(ROWS)
    assert (first, third) == (Written(ROWS[0], AT), Written(ROWS[2], AT))
    assert isinstance(second, StatementFailed)
    assert second.code == "ThrottlingError"


def test_refused_statement_is_not_sent_again() -> None:
    """A row that DynamoDB does not take stays one."""
    scripted = Table(answer_statements("ValidationError", None, None))
    result, *others = scripted.table.insert(ROWS)
    assert str(result) == "ValidationError: a reason"
    assert others == [Written(row, AT) for row in ROWS[1:]]


def test_rows_of_taken_keys_are_read_in_one_request() -> None:
    """The refusal has the row, or None if it was deleted meanwhile."""
    scripted = Table(answer_statements("DuplicateItem", None, "DuplicateItem"), answer_read(ITEMS[0]))
    first, _, third = scripted.table.insert(ROWS)
    assert isinstance(first, Refused)
    assert isinstance(third, Refused)
    assert (first.row, third.row) == (ROWS[0], None)
    assert len(scripted.client.requests) == 2


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_answer_without_a_date_is_refused(date: str | None) -> None:
    """A client would otherwise go by its own clock, which may be wrong."""
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    with pytest.raises(TaskTableError, match="needs a Date header"):
        Table(answer).table.put_slot(SLOT_ROWS[0])


@pytest.mark.parametrize("value", [{"N": "1.5"}, {"S": "soon"}, {"NULL": True}, {"L": []}])
def test_row_of_another_program_is_unreadable(value: dict[str, Any]) -> None:
    """Times are whole seconds."""
    scripted = Table({"Item": {**ITEMS[0], "due": value}})
    with pytest.raises(UnreadableRow, match="'due' of a row must be a whole number"):
        scripted.table.get("order-0")


@pytest.mark.parametrize(
    ("status", "enabled", "changes"),
    [
        ("ENABLED", True, False),
        ("ENABLING", True, False),
        ("DISABLED", True, True),
        ("ENABLED", False, True),
        ("DISABLING", False, False),
    ],
)
def test_expiry_is_changed_only_if_it_differs(status: str, *, enabled: bool, changes: bool) -> None:
    """DynamoDB refuses to set it to what it is."""
    scripted = Table({"TimeToLiveDescription": {"TimeToLiveStatus": status}}, {})
    scripted.table.set_expiry(enabled=enabled)
    specifications = [request.get("TimeToLiveSpecification") for request in scripted.client.requests[1:]]
    assert specifications == ([{"Enabled": enabled, "AttributeName": "expires"}] if changes else [])
