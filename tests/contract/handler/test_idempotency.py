"""The function, the state machine and the table together do each task once.

The database is moto, which evaluates the conditions of Powertools' writes.
"""

import json
import time

import pytest

from tests.contract.handler.conftest import TABLE, Database
from tests.contract.handler.tasks import Tasks

pytestmark = pytest.mark.slow


def test_task_leaves_one_record(tasks: Tasks, database: Database) -> None:
    """It has the result and the time at which DynamoDB deletes it."""
    ended = tasks.wait_for_end(tasks.start("order-42"))
    assert json.loads(ended["output"]) == {"shipped": 1}
    (item,) = database.client.scan(TableName=TABLE)["Items"]
    assert item.keys() >= {"id", "expiration", "status", "data"}
    assert item["status"] == {"S": "COMPLETED"}
    assert json.loads(item["data"]["S"]) == {"result": {"shipped": 1}}
    assert 14 < (float(item["expiration"]["N"]) - time.time()) / 86_400 < 90


def test_later_generation_returns_the_result_of_the_earlier_one(tasks: Tasks) -> None:
    """A reschedule can be interrupted between the start of the new generation and the stop of the old."""
    tasks.wait_for_end(tasks.start("order-42"))
    ended = tasks.wait_for_end(tasks.start("order-42--g2-g19"))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"shipped": 1})
    assert tasks.done == ["order-42 1"]


def test_call_during_another_is_retried_until_there_is_a_result(tasks: Tasks) -> None:
    """Step Functions retries TryAgain, and the execution ends with the result of the first call."""
    first = tasks.start("order-42", first="waits")
    tasks.wait(lambda: tasks.done)
    second = tasks.start("order-42--g2-g19")
    tasks.wait(lambda: tasks.list_failures(second))
    tasks.release()
    assert json.loads(tasks.wait_for_end(second)["output"]) == {"shipped": 1}
    assert json.loads(tasks.wait_for_end(first)["output"]) == {"shipped": 1}
    assert set(tasks.list_failures(second)) == {"TryAgain"}
    assert tasks.done == ["order-42 1"]


@pytest.mark.parametrize("timeout_seconds", [10])
def test_redrive_repeats_killed_work(tasks: Tasks) -> None:
    """The function's timeout leaves a record in progress, which blocks other calls until that time only."""
    arn = tasks.start("order-42", first="waits")
    assert tasks.wait_for_end(arn)["status"] == "FAILED"
    tasks.redrive(arn)
    assert json.loads(tasks.wait_for_end(arn)["output"]) == {"shipped": 1}
    assert tasks.done == ["order-42 1", "order-42 1"]


def test_call_without_client_context_is_always_done(tasks: Tasks, database: Database) -> None:
    """The real `sam local` sends such calls: no task identifies them, so each one does its work."""
    assert [tasks.call(), tasks.call()] == [{"shipped": None}, {"shipped": None}]
    assert len(tasks.done) == 2
    assert database.client.scan(TableName=TABLE)["Count"] == 0
