"""Letters about failed tasks of a table, and foreign messages."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr

from delay import Delay, NotRedrivable, Outcome, Status, UnknownDeadLetter
from delay.table.letter import TableLetter
from delay.testing import FakeTaskTable
from task_table.key_row import RowStatus
from task_table.message import Message
from task_table.write import Creation
from tests.unit.delay.table.harness import HOUR, KEY, SECOND, Killed, client, list_events, list_slot_rows, run


@pytest.fixture
def failed(delay: Delay, table: FakeTaskTable) -> FakeTaskTable:
    """A table with a failed task, whose letter is in the queue."""
    delay.schedule({"fail": "the shop is closed"}, after=SECOND, key=KEY)
    table.clock.forward(HOUR)
    return table


def redrive(table: FakeTaskTable) -> list[tuple[Outcome, type | None]]:
    """Redrive all letters, and return the outcomes with the types of their errors."""
    letters = client(table).dead_letters()
    return [(each.outcome, type(each.error) if each.error else None) for each in letters.redrive()]


def test_letter_describes_the_failed_task(failed: FakeTaskTable) -> None:
    """Its payload stays in the table."""
    (letter,) = client(failed).dead_letters().look()
    task = client(failed).get(KEY)
    assert (letter.key, letter.arn, letter.status) == (KEY, task.arn, "FAILED")
    assert (letter.ended, letter.error, letter.cause) == (task.ended, "ValueError", "the shop is closed")


def test_redriven_letter_is_deleted(failed: FakeTaskTable) -> None:
    """The function is called again, and its new failure has another letter."""
    assert redrive(failed) == [(Outcome.REDRIVEN, None)]
    failed.clock.forward(HOUR)
    assert len(failed.calls) == 8
    assert len(failed.sqs.bodies) == 1


def test_letter_of_a_task_that_was_redriven_since_is_deleted(failed: FakeTaskTable) -> None:
    """By hand, or by a run that was killed before it could delete the letter."""
    client(failed).redrive(KEY)
    assert redrive(failed) == [(Outcome.REDRIVEN_BEFORE, None)]


def test_repeated_letter_redrives_its_task_once(failed: FakeTaskTable) -> None:
    """A failed task may have two letters, and both leave the queue."""
    failed.sqs.put(failed.sqs.bodies[0])
    assert redrive(failed) == [(Outcome.REDRIVEN, None), (Outcome.REDRIVEN_BEFORE, None)]
    assert failed.sqs.bodies == []


def test_task_that_fails_again_in_a_run_is_left(failed: FakeTaskTable) -> None:
    """Otherwise a run would never end; the letter of the new failure is for the next one."""
    redrives = client(failed).dead_letters().redrive()
    assert next(redrives).outcome is Outcome.REDRIVEN
    failed.clock.forward(HOUR)
    (again,) = redrives
    assert again.outcome is Outcome.LEFT
    assert "was redriven just now, and has failed again" in str(again.error)
    assert len(failed.sqs.bodies) == 1


def test_letter_of_a_forgotten_task_stays(failed: FakeTaskTable) -> None:
    """A person has to decide on it."""
    failed.clock.forward(timedelta(days=16))
    ((outcome, _),) = redrive(failed)
    assert outcome is Outcome.LEFT


def test_failed_task_is_kept_longer_than_its_letter(failed: FakeTaskTable) -> None:
    """SQS drops a letter after 14 days; until then it can be redriven, whatever `keep` is."""
    failed.clock.forward(timedelta(days=14))
    ((outcome, _),) = redrive(failed)
    assert outcome is Outcome.REDRIVEN


def test_letter_that_came_before_the_failure_was_recorded_is_dropped(failed: FakeTaskTable) -> None:
    """A sweep writes it first, and another worker may have claimed the task meanwhile."""
    client(failed).redrive(KEY)
    row = failed.rows.get(KEY)
    assert row
    (body,) = failed.sqs.bodies
    failed.sqs.put(json.dumps({**json.loads(body), "token": row.token}))
    assert {outcome for outcome, _ in redrive(failed)} == {Outcome.REDRIVEN_BEFORE}


@pytest.mark.parametrize("records_end", [True, False])
def test_message_that_sqs_has_moved_by_itself_is_redriven(records_end: bool) -> None:  # noqa: FBT001 - a parameter
    """Its task was claimed, and its worker never answered: no one else calls it again."""
    table = FakeTaskTable(_end_the_process, records_end=records_end)
    delay = client(table)
    delay.schedule({"a": 1}, after=SECOND, key=KEY)
    table.clock.forward(2 * SECOND)
    with pytest.raises(Killed):
        delay.get(KEY)
    table.sqs.put(Message.of_row(list_slot_rows(table)[0]).format())
    assert redrive(table) == [(Outcome.LEFT, NotRedrivable)]  # its lease is alive
    table.clock.forward(timedelta(seconds=80))
    assert redrive(table) == [(Outcome.REDRIVEN, None)]
    assert delay.get(KEY).status in {Status.SUCCEEDED, Status.RUNNING}
    assert list_events(table) == [{"a": 1}, {"a": 1}]


_LIVES: list[int] = []


@pytest.fixture(autouse=True)
def _restart() -> None:
    _LIVES.clear()


def _end_the_process(event: dict[str, Any], call: object) -> Any:
    _LIVES.append(1)
    if len(_LIVES) == 1:
        raise Killed
    return run(event, call)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "[1]",
        "{}",
        '{"key": 5}',
        '{"key": ""}',
        '{"key": "a\\u0000"}',
        '{"key": "\\ud800"}',
        json.dumps({"key": "x" * 961}),
        '{"unreadable": "hello", "reason": "no"}',
        "[" * 100_000,
        '{"executionArn": "arn:aws:states:us-east-1:123456789012:execution:M:order"}',
    ],
    ids=lambda body: body[:20],
)
def test_message_that_names_no_task_stays(table: FakeTaskTable, body: str) -> None:
    """It is shown without a key."""
    table.sqs.put(body)
    (letter,) = client(table).dead_letters().look()
    assert (letter.key, letter.arn) == (None, None)
    assert redrive(table) == [(Outcome.LEFT, UnknownDeadLetter)]


@pytest.mark.parametrize("ended", ["soon", 10**30, -1, 1.5, True, None, [1]])
def test_unusable_time_of_a_letter_is_left_out(ended: object) -> None:
    """The rest of the letter is shown."""
    message = {"MessageId": "1", "ReceiptHandle": "r", "Body": json.dumps({"key": KEY, "ended": ended})}
    letter = TableLetter.of(message, "arn:aws:dynamodb:us-east-1:123456789012:table/tasks")
    assert (letter.key, letter.ended) == (KEY, None)


def test_letter_of_a_redrive_that_was_killed_redrives_again(failed: FakeTaskTable) -> None:
    """The killed redrive left a new token and no message, and all sweeps have passed its slot row."""
    row = failed.rows.get(KEY)
    assert row
    failed.clock.forward(timedelta(hours=7))
    stuck = replace(row, token="f" * 16, status=RowStatus.WAITING, attempts=0, claim=None, lease=None)
    slot_row = failed.rows.get_slot_row(row.slot, row.slot_sort_key)
    assert slot_row
    failed.rows.put_slot(replace(slot_row, token=stuck.token))
    failed.rows.write(Creation(stuck, ~Attr("sk").not_exists()))
    ((outcome, _),) = redrive(failed)
    assert outcome is Outcome.REDRIVEN
