"""The runner with records: a task's work is done once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from delayed_task.errors import TryAgain
from delayed_task.idempotency import IdempotentRunner
from delayed_task.task import DueTask
from tests.hello_world.delayed_task.records import Records

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]
Run = Callable[..., Any]

DAY_SECONDS = 86_400
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:delay:order-42"


def make_task(execution: str) -> DueTask:
    return DueTask.of_execution(execution, datetime(2026, 11, 24, tzinfo=UTC))


TASK = make_task(EXECUTION)
RESCHEDULED = make_task(EXECUTION + "--g2-g19")


class OutOfStock(Exception):
    """The work's own error."""


@dataclass
class Work:
    """Returns its result or raises its error, and counts its runs."""

    result: object = "shipped"
    error: Exception | None = None
    times: int = 0

    def __call__(self) -> object:
        """Run once."""
        self.times += 1
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def run(context: Contexts, records: Records) -> Run:
    """Run a task's work as the function does; each call has its own context."""
    runner = IdempotentRunner(records)
    return lambda work, task=TASK: runner(work, task, context(None))


@pytest.mark.parametrize("result", ["shipped", {"a": [1, 2.5, None]}, None, {}, [], "", 0, False])
def test_second_call_returns_the_result_of_the_first(run: Run, result: object) -> None:
    """This holds for every result, also for an empty one."""
    work = Work(result)
    assert [run(work), run(work)] == [result, result]
    assert work.times == 1


def test_different_tasks_are_each_done(run: Run) -> None:
    """The ARNs of their executions distinguish tasks."""
    work = Work()
    run(work, TASK)
    run(work, make_task(EXECUTION + "0"))
    run(work, make_task(EXECUTION.replace(":delay:", ":other:")))
    assert work.times == 3


@pytest.mark.parametrize("first", [TASK, RESCHEDULED], ids=["old first", "new first"])
def test_task_rescheduled_during_its_call_is_done_once(run: Run, first: DueTask) -> None:
    """If a reschedule and the call cross, two generations may be called."""
    work = Work()
    run(work, first)
    assert (run(work, TASK), run(work, RESCHEDULED)) == ("shipped", "shipped")
    assert work.times == 1


def test_functions_of_one_table_keep_their_own_records(run: Run, context: Contexts, records: Records) -> None:
    """Another function does its own work for the same task."""
    runner = IdempotentRunner(records)
    other = context(None)
    other.function_name = "other"
    work = Work()
    run(work)
    runner(work, TASK, other)
    assert work.times == 2


def test_call_without_a_task_is_always_done(run: Run, records: Records) -> None:
    """Without client context, nothing identifies a repeated call."""
    work = Work()
    assert (run(work, None), run(work, None), work.times) == ("shipped", "shipped", 2)
    assert records.kept == {}


def test_failed_work_is_done_again(run: Run, records: Records) -> None:
    """A redrive runs the same execution, so a failure must leave no record."""
    with pytest.raises(OutOfStock):
        run(Work(error=OutOfStock()))
    assert records.kept == {}
    assert run(Work("shipped after all")) == "shipped after all"


def test_call_during_another_raises_try_again(run: Run) -> None:
    """Step Functions retries an error of this name until the first call has a result."""
    inner = Work()

    def work() -> str:
        with pytest.raises(TryAgain, match="already in progress"):
            run(inner)
        return "shipped"

    assert (run(work), inner.times) == ("shipped", 0)


def test_killed_work_is_done_again_after_the_timeout(run: Run, records: Records) -> None:
    """A record in progress blocks other calls no longer than the function may run."""

    class Killed(BaseException):
        """Stands for the function's timeout, after which no code can delete the record."""

    def work() -> str:
        raise Killed

    with pytest.raises(Killed):
        run(work)
    (record,) = records.kept.values()
    with pytest.raises(TryAgain):
        run(Work())
    assert 0 < (record.in_progress_expiry_timestamp or 0) - time.time() * 1000 <= 30_000
    record.in_progress_expiry_timestamp = int(time.time() * 1000) - 1
    assert run(Work()) == "shipped"


def test_work_is_not_begun_without_a_record(run: Run, records: Records) -> None:
    """If the table does not answer, a later call may do the work."""
    records.failing.add("put")
    work = Work()
    with pytest.raises(TryAgain, match="The work was not begun"):
        run(work)
    records.failing.clear()
    assert (run(work), work.times) == ("shipped", 1)


def test_finished_work_succeeds_without_its_record(run: Run, records: Records, log_lines: Lines) -> None:
    """If the record cannot be completed, the error is logged and the execution gets its output."""
    records.failing.add("update")
    assert run(Work()) == "shipped"
    (line,) = log_lines()
    assert (line["level"], line["message"]) == ("ERROR", "The task is done, but not recorded as done")
    assert "Unreachable" in line["exception"]


def test_error_of_the_work_outranks_an_error_of_the_record(run: Run, records: Records) -> None:
    """The record of failed work is deleted, and that may fail too."""
    records.failing.add("delete")
    with pytest.raises(OutOfStock):
        run(Work(error=OutOfStock()))


def test_work_may_raise_try_again(run: Run) -> None:
    """A later call then does the work."""
    with pytest.raises(TryAgain):
        run(Work(error=TryAgain("the carrier is closed")))
    assert run(Work()) == "shipped"


def test_repetition_is_logged(run: Run, log_lines: Lines) -> None:
    """The line explains why a call did nothing."""
    run(Work())
    assert log_lines() == []
    run(Work())
    assert [line["message"] for line in log_lines()] == ["Task was done before"]


def test_record_expires_before_its_key_can_name_another_task(run: Run, records: Records) -> None:
    """Step Functions reserves a name for 90 days. A redrive may come within 14."""
    run(Work())
    (record,) = records.kept.values()
    days = ((record.expiry_timestamp or 0) - time.time()) / DAY_SECONDS
    assert 14 < days < 90


def test_records_do_not_contain_keys(run: Run, records: Records) -> None:
    """A key may contain personal data, so records are found by its hash."""
    run(Work())
    assert "order-42" not in str(list(records.kept))
