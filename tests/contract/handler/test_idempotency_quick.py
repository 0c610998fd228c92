"""The function, the state machine and the table redo a failed task; the slow sibling has the other cases."""

from tests.contract.handler.conftest import TABLE, Database
from tests.contract.handler.tasks import Tasks


def test_redrive_repeats_failed_work(tasks: Tasks, database: Database) -> None:
    """A redrive runs the same execution, and the failure left no record."""
    arn = tasks.start("order-42", first="fails")
    failed = tasks.wait_for_end(arn)
    assert (failed["status"], failed.get("error")) == ("FAILED", "OutOfStock")
    assert database.client.scan(TableName=TABLE)["Count"] == 0
    tasks.redrive(arn)
    assert tasks.wait_for_end(arn)["status"] == "SUCCEEDED"
    assert tasks.done == ["order-42 1", "order-42 1"]
