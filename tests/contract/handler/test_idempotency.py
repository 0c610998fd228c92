"""The function, its state machine and its table together: each task is done once.

The database is moto's, which evaluates the conditions that Powertools writes records under.
"""

import json
import time

import pytest

from tests.contract.handler.conftest import TABLE, Database
from tests.contract.handler.tasks import Tasks


def test_a_task_leaves_one_record(tasks: Tasks, database: Database) -> None:
    """With its result and the time at which DynamoDB forgets it."""
    ended = tasks.ended(tasks.start("order-42"))
    assert json.loads(ended["output"]) == {"shipped": 1}
    (item,) = database.client.scan(TableName=TABLE)["Items"]
    assert item.keys() >= {"id", "expiration", "status", "data"}
    assert item["status"] == {"S": "COMPLETED"}
    assert json.loads(item["data"]["S"]) == {"result": {"shipped": 1}}
    assert 14 < (float(item["expiration"]["N"]) - time.time()) / 86_400 < 90


def test_a_redrive_does_what_failed(tasks: Tasks, database: Database) -> None:
    """It is the same execution, and the failure has left no record."""
    arn = tasks.start("order-42", first="fails")
    failed = tasks.ended(arn)
    assert (failed["status"], failed.get("error")) == ("FAILED", "OutOfStock")
    assert database.client.scan(TableName=TABLE)["Count"] == 0
    tasks.redrive(arn)
    assert tasks.ended(arn)["status"] == "SUCCEEDED"
    assert tasks.done == ["order-42 1", "order-42 1"]


def test_a_later_generation_gets_the_result_of_the_one_that_was_called(tasks: Tasks) -> None:
    """As when a reschedule was interrupted between the start of the new and the stop of the old."""
    tasks.ended(tasks.start("order-42"))
    ended = tasks.ended(tasks.start("order-42--g2-g19"))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"shipped": 1})
    assert tasks.done == ["order-42 1"]


def test_a_call_beside_another_is_retried_until_there_is_a_result(tasks: Tasks) -> None:
    """Step Functions retries TryAgain, and ends with what the first call returned."""
    first = tasks.start("order-42", first="waits")
    tasks.wait(lambda: tasks.done)
    second = tasks.start("order-42--g2-g19")
    tasks.wait(lambda: tasks.failures(second))
    tasks.release()
    assert json.loads(tasks.ended(second)["output"]) == {"shipped": 1}
    assert json.loads(tasks.ended(first)["output"]) == {"shipped": 1}
    assert set(tasks.failures(second)) == {"TryAgain"}
    assert tasks.done == ["order-42 1"]


@pytest.mark.parametrize("timeout_seconds", [3])
def test_work_that_was_killed_is_done_by_a_redrive(tasks: Tasks) -> None:
    """The function's timeout leaves a record in progress, which holds others off until then and no longer."""
    arn = tasks.start("order-42", first="waits")
    assert tasks.ended(arn)["status"] == "FAILED"
    tasks.redrive(arn)
    assert json.loads(tasks.ended(arn)["output"]) == {"shipped": 1}
    assert tasks.done == ["order-42 1", "order-42 1"]


def test_a_call_without_client_context_is_done(tasks: Tasks, database: Database) -> None:
    """As by the real `sam local`: there is no task to know it by, so each call does its work."""
    assert [tasks.call(), tasks.call()] == [{"shipped": None}, {"shipped": None}]
    assert len(tasks.done) == 2
    assert database.client.scan(TableName=TABLE)["Count"] == 0
