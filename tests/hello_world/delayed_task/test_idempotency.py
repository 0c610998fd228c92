"""How often a task's work is done where its records are kept."""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from delayed_task.errors import TryAgain
from delayed_task.task import DueTask
from tests.hello_world.delayed_task.records import Records

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]
Do = Callable[..., Any]

DAY_SECONDS = 86_400
TASK = DueTask(
    "arn:aws:states:us-east-1:123456789012:execution:delay:order-42", datetime(2026, 11, 24, tzinfo=UTC)
)
RESCHEDULED = replace(TASK, execution=TASK.execution + "--g2-g19")


class OutOfStock(Exception):
    """The work's own error."""


@dataclass
class Work:
    """Returns or raises what it was told to, and counts how often it was done."""

    result: object = "shipped"
    error: Exception | None = None
    times: int = 0

    def __call__(self) -> object:
        """Do it."""
        self.times += 1
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def do(app: ModuleType, context: Contexts, records: Records) -> Do:
    """Does a task's work as the function does; each call by a context of its own."""
    assert app  # the modules beside it log through its settings
    once = importlib.import_module("delayed_task.idempotency").Once(records)
    return lambda work, task=TASK: once(work, task, context(None))


@pytest.mark.parametrize("result", ["shipped", {"a": [1, 2.5, None]}, None, {}, [], "", 0, False])
def test_a_second_call_is_answered_with_the_result_of_the_first(do: Do, result: object) -> None:
    """The work is done once, whatever it returns, nothing included."""
    work = Work(result)
    assert [do(work), do(work)] == [result, result]
    assert work.times == 1


def test_each_task_is_done(do: Do) -> None:
    """Tasks are told apart by the ARNs of their executions."""
    work = Work()
    do(work, TASK)
    do(work, replace(TASK, execution=TASK.execution + "0"))
    do(work, replace(TASK, execution=TASK.execution.replace(":delay:", ":other:")))
    assert work.times == 3


@pytest.mark.parametrize("first", [TASK, RESCHEDULED], ids=["old first", "new first"])
def test_a_task_that_was_rescheduled_while_it_was_called_is_done_once(do: Do, first: DueTask) -> None:
    """Where a reschedule crosses with the call, two generations may be called."""
    work = Work()
    do(work, first)
    assert (do(work, TASK), do(work, RESCHEDULED)) == ("shipped", "shipped")
    assert work.times == 1


def test_functions_share_a_table(do: Do, context: Contexts, records: Records) -> None:
    """A record is one function's own: another does its work for the same task."""
    once = importlib.import_module("delayed_task.idempotency").Once(records)
    other = context(None)
    other.function_name = "other"
    work = Work()
    do(work)
    once(work, TASK, other)
    assert work.times == 2


def test_a_call_without_a_task_is_done_every_time(do: Do, records: Records) -> None:
    """Without client context there is nothing to know a call by."""
    work = Work()
    assert (do(work, None), do(work, None), work.times) == ("shipped", "shipped", 2)
    assert records.kept == {}


def test_work_that_raised_is_done_again(do: Do, records: Records) -> None:
    """A redrive is the same execution: the record of a failure must not swallow it."""
    with pytest.raises(OutOfStock):
        do(Work(error=OutOfStock()))
    assert records.kept == {}
    assert do(Work("shipped after all")) == "shipped after all"


def test_a_call_while_another_is_at_work_is_told_to_try_again(do: Do) -> None:
    """Step Functions retries it by that name, until the first call has a result."""
    inner = Work()

    def work() -> str:
        with pytest.raises(TryAgain, match="already in progress"):
            do(inner)
        return "shipped"

    assert (do(work), inner.times) == ("shipped", 0)


def test_work_that_was_killed_is_done_again_after_the_timeout(do: Do, records: Records) -> None:
    """A record in progress holds others off as long as the function may run, and no longer."""

    class Killed(BaseException):
        """As by the function's timeout: nobody is left to take the record away."""

    def work() -> str:
        raise Killed

    with pytest.raises(Killed):
        do(work)
    (record,) = records.kept.values()
    with pytest.raises(TryAgain):
        do(Work())
    assert 0 < (record.in_progress_expiry_timestamp or 0) - time.time() * 1000 <= 30_000
    record.in_progress_expiry_timestamp = int(time.time() * 1000) - 1
    assert do(Work()) == "shipped"


def test_a_task_is_not_begun_without_a_record(do: Do, records: Records) -> None:
    """Where the table does not answer, a later call may."""
    records.failing.add("put")
    work = Work()
    with pytest.raises(TryAgain, match="The work was not begun"):
        do(work)
    records.failing.clear()
    assert (do(work), work.times) == ("shipped", 1)


def test_work_that_is_done_is_not_called_failed(do: Do, records: Records, log_lines: Lines) -> None:
    """If its record cannot be completed the log says so, and the execution gets its output."""
    records.failing.add("update")
    assert do(Work()) == "shipped"
    (line,) = log_lines()
    assert (line["level"], line["message"]) == ("ERROR", "The task is done, but not recorded as done")
    assert "Unreachable" in line["exception"]


def test_the_error_of_the_work_is_the_one_that_is_seen(do: Do, records: Records) -> None:
    """Also where its record cannot be taken away."""
    records.failing.add("delete")
    with pytest.raises(OutOfStock):
        do(Work(error=OutOfStock()))


def test_work_may_ask_for_another_call(do: Do) -> None:
    """TryAgain is for the work as well."""
    with pytest.raises(TryAgain):
        do(Work(error=TryAgain("the carrier is closed")))
    assert do(Work()) == "shipped"


def test_a_repetition_is_logged(do: Do, log_lines: Lines) -> None:
    """So that one sees why nothing was done."""
    do(Work())
    assert log_lines() == []
    do(Work())
    assert [line["message"] for line in log_lines()] == ["Task was done before"]


def test_records_are_forgotten_before_a_key_may_be_another_tasks(do: Do, records: Records) -> None:
    """Step Functions keeps a name for 90 days. A redrive may come for 14."""
    do(Work())
    (record,) = records.kept.values()
    days = ((record.expiry_timestamp or 0) - time.time()) / DAY_SECONDS
    assert 14 < days < 90


def test_records_name_nobody(do: Do, records: Records) -> None:
    """Keys of tasks may name people; records are found by a hash."""
    do(Work())
    assert "order-42" not in str(list(records.kept))
