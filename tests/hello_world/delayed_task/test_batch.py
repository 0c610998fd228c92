"""Batches of a table's queue: each message is a call of its own."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from delayed_task.batch import Caller
from delayed_task.canary import MARK
from delayed_task.errors import TryAgain
from delayed_task.task import DueTask
from task_table.key_row import KeyRow, RowStatus
from task_table.message import Message
from tests.contract.task_table.rows import NOW, TOKEN
from tests.unit.task_table.world import SETTINGS, World

Contexts = Callable[[dict[str, Any] | None], LambdaContext]
Lines = Callable[[], list[dict[str, Any]]]


class OutOfStock(Exception):
    """The work's own error."""


class ShortContext(LambdaContext):  # type: ignore[misc] # the runtime client has no types
    """A call of a function that ends at a time of the test's clock."""

    def __init__(self, world: World, seconds: float) -> None:
        super().__init__("5b3d7e1c", None, None, 0, "arn:aws:lambda:us-east-1:1:function:f")
        self._world = world
        self._end = world.now + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return int((self._end - self._world.now) * 1000)


@dataclass
class Queue:
    """The function with its table: delivers messages, and keeps what the work was called with."""

    context: LambdaContext | None = None
    world: World = field(default_factory=lambda: World(now=NOW + 2))
    calls: list[tuple[dict[str, Any], DueTask]] = field(default_factory=list)
    errors: dict[str, BaseException] = field(default_factory=dict)
    seconds: float = 0
    result: object = None

    def deliver(self, *bodies: str, context: LambdaContext | None = None) -> list[str]:
        """Deliver messages as SQS does; return those that stay in the queue."""
        records = [build_record(number, body) for number, body in enumerate(bodies)]
        caller = Caller(self.world.connection, "tasks", self.work, self.world.read_clock)
        answer = caller.run({"Records": records}, context or self.context or ShortContext(self.world, 60))
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    def schedule(self, *keys: str, due: int = NOW, payload: str = '{"order":42}') -> Sequence[str]:
        """Schedule tasks, and return their messages."""
        return [Message.of_row(self.world.schedule(key, due, payload)).format() for key in keys]

    def work(self, event: dict[str, Any], task: DueTask | None) -> object:
        """Take the time, then fail or return."""
        assert task
        self.calls.append((event, task))
        self.world.now += self.seconds
        if task.key in self.errors:
            raise self.errors[task.key]
        return self.result or {"shipped": task.key}

    @property
    def called(self) -> list[str]:
        """The keys of the tasks that were called."""
        return [task.key for _, task in self.calls]

    def read(self, key: str) -> KeyRow:
        """Return the row of a task."""
        row = self.world.table.get(key)
        assert row
        return row


def build_record(number: int, body: str) -> dict[str, Any]:
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:tasks",
    }


def test_handle_is_called_with_the_event_of_an_execution() -> None:
    """That is the payload, and the delay as expirydate; its result is in the row."""
    queue = Queue()
    assert queue.deliver(*queue.schedule("order-42")) == []
    ((event, task),) = queue.calls
    assert event == {"expirydate": 60, "order": 42}
    assert task == DueTask(
        key="order-42", due_time=datetime.fromtimestamp(NOW, UTC), identity=f"tasks:{TOKEN}"
    )
    row = queue.read("order-42")
    assert (row.status, row.result) == (RowStatus.SUCCEEDED, '{"shipped":"order-42"}')


def test_moved_task_keeps_its_identity() -> None:
    """Its generation counts the moves, and its identity is that of its creation."""
    queue = Queue()
    (body,) = queue.schedule("order-42")
    items = queue.world.table.items[queue.read("order-42").pk]
    items["order-42"] = replace(queue.read("order-42"), moves=2, made="0" * 16).build_attributes()
    queue.deliver(body)
    ((_, task),) = queue.calls
    assert (task.generation, task.identity) == (3, f"tasks:{'0' * 16}")


def test_failed_task_fails_no_neighbour(log_lines: Lines) -> None:
    """It alone stays in the queue, and the log has its error under its key."""
    queue = Queue(errors={"b": OutOfStock("no item to ship")})
    assert queue.deliver(*queue.schedule("a", "b", "c")) == ["message-1"]
    assert queue.called == ["a", "b", "c"]
    statuses = [queue.read(key).status for key in "abc"]
    assert statuses == [RowStatus.SUCCEEDED, RowStatus.RUNNING, RowStatus.SUCCEEDED]
    (line,) = (line for line in log_lines() if line["level"] == "ERROR")
    assert (line["message"], line["task_key"], line["attempt"]) == ("Attempt failed", "b", 1)
    assert "no item to ship" in line["exception"]


def test_failed_message_comes_again_later() -> None:
    """Its time in the queue is set, and grows with the attempts."""
    queue = Queue(errors={"order-42": OutOfStock()})
    bodies = queue.schedule("order-42")
    queue.deliver(*bodies)
    queue.deliver(*bodies)
    assert queue.world.receipts.given_back == [("receipt-0", 10), ("receipt-0", 20)]


def test_last_attempt_ends_the_task_with_a_letter() -> None:
    """The message leaves the queue."""
    queue = Queue(errors={"order-42": OutOfStock("no item")})
    bodies = queue.schedule("order-42")
    left = [queue.deliver(*bodies) for _ in range(SETTINGS.attempts)]
    assert left == [["message-0"]] * 3 + [[]]
    assert (queue.read("order-42").status, queue.read("order-42").error) == (RowStatus.FAILED, "OutOfStock")
    (letter,) = queue.world.letters.sent
    assert json.loads(letter)["key"] == "order-42"


def test_try_again_is_an_attempt_without_a_stack_trace(log_lines: Lines) -> None:
    """It is no error of the work."""
    queue = Queue(errors={"order-42": TryAgain("the warehouse is closed")})
    assert queue.deliver(*queue.schedule("order-42")) == ["message-0"]
    assert queue.read("order-42").attempts == 1
    levels = {line["message"]: line["level"] for line in log_lines()}
    assert levels["Attempt is to be repeated"] == "INFO"
    assert "ERROR" not in levels.values()


def test_result_that_is_no_json_fails_the_attempt(log_lines: Lines) -> None:
    """As in an execution, and the log has the reason."""
    queue = Queue(result=object())
    assert queue.deliver(*queue.schedule("order-42")) == ["message-0"]
    assert queue.read("order-42").error == "TypeError"
    assert "not JSON serializable" in json.dumps(log_lines())


def test_work_that_exits_fails_no_neighbour() -> None:
    """Lambda would end the call, and the whole batch with it."""
    queue = Queue(errors={"a": SystemExit(1)})
    assert queue.deliver(*queue.schedule("a", "b")) == ["message-0"]
    assert (queue.read("a").error, queue.read("b").status) == ("Exited", RowStatus.SUCCEEDED)


def test_early_message_is_given_back_until_its_task_is_due() -> None:
    """It is not called."""
    queue = Queue()
    assert queue.deliver(*queue.schedule("order-42", due=NOW + 62)) == ["message-0"]
    assert (queue.called, queue.world.receipts.given_back) == ([], [("receipt-0", 60)])


def test_foreign_message_becomes_a_letter() -> None:
    """It leaves the queue, and its neighbours are called."""
    queue = Queue()
    assert queue.deliver("{", *queue.schedule("order-42")) == []
    assert queue.called == ["order-42"]
    assert "unreadable" in json.loads(queue.world.letters.sent[0])


def test_tasks_for_which_no_time_is_left_are_given_back_unstarted() -> None:
    """Lambda would end the call in the middle of one, and the batch with it."""
    queue = Queue(seconds=20)
    bodies = queue.schedule("a", "b", "c", "d")
    left = queue.deliver(*bodies, context=ShortContext(queue.world, 65))
    assert (queue.called, left) == (["a", "b"], ["message-2", "message-3"])
    assert queue.world.receipts.given_back == [("receipt-2", 0), ("receipt-3", 0)]
    assert queue.read("c").attempts == 0


def test_error_of_the_table_leaves_the_message_to_its_timeout(log_lines: Lines) -> None:
    """It is logged, and the other messages are processed."""
    queue = Queue()
    bodies = queue.schedule("a", "b")
    broken = queue.world.table.items[queue.read("a").pk].pop("a")
    queue.world.table.items[str(broken["pk"])]["a"] = {**broken, "status": "PAUSED"}
    assert queue.deliver(*bodies) == ["message-0"]
    assert queue.called == ["b"]
    assert queue.world.receipts.given_back == []
    (line,) = (line for line in log_lines() if line["level"] == "ERROR")
    assert (line["message"], line["message_id"]) == ("Message stays in the queue", "message-0")


def test_error_of_the_queue_leaves_the_message_to_its_timeout(log_lines: Lines) -> None:
    """It is logged, and the message stays in the queue."""
    queue = Queue(errors={"a": OutOfStock()})
    queue.world.receipts.error = ConnectionError("no route")
    assert queue.deliver(*queue.schedule("a", "b")) == ["message-0"]
    assert queue.called == ["a", "b"]
    assert "Message comes again later than it should" in {line["message"] for line in log_lines()}


def test_lateness_is_logged_and_measured_for_each_task(log_lines: Lines, metrics: Lines) -> None:
    """Under the key of its own task, as for executions."""
    queue = Queue()
    queue.deliver(*queue.schedule("a", "b"))
    lines = [line for line in log_lines() if line["message"] == "Task is due"]
    assert [(line["task_key"], line["lateness_seconds"]) for line in lines] == [("a", 2.0), ("b", 2.0)]
    assert [(line["task_key"], line["Lateness"]) for line in metrics()] == [("a", [2.0]), ("b", [2.0])]


def test_line_about_a_message_has_no_key_of_the_task_before(log_lines: Lines) -> None:
    """The keys of a call end with it."""
    queue = Queue()
    (body,) = queue.schedule("a")
    (broken,) = queue.schedule("b")
    row = queue.world.table.items[queue.read("b").pk]
    row["b"] = {**row["b"], "status": "PAUSED"}
    queue.deliver(body, broken)
    (line,) = (line for line in log_lines() if line["level"] == "ERROR")
    assert "task_key" not in line


def test_canary_of_a_table_never_reaches_handle(metrics: Lines) -> None:
    """It succeeds, and its lateness is not measured."""
    queue = Queue()
    assert queue.deliver(*queue.schedule("canary", payload=json.dumps({MARK: True}))) == []
    assert (queue.called, metrics()) == ([], [])
    assert queue.read("canary").status is RowStatus.SUCCEEDED


def test_payload_stays_out_of_the_log(log_lines: Lines) -> None:
    """It may contain personal data; so a failure is logged without it."""
    queue = Queue(errors={"order-42": OutOfStock()})
    queue.deliver(*queue.schedule("order-42", payload='{"name":"Zoe"}'))
    assert "Zoe" not in json.dumps(log_lines())


@pytest.mark.parametrize("records", [1, 10])
def test_call_of_lambda_answers_for_each_message(context: Contexts, records: int) -> None:
    """With the context of Lambda's own runtime client."""
    queue = Queue(context=context(None), world=World(now=time.time()))
    bodies = queue.schedule(*(f"order-{index}" for index in range(records)))
    assert queue.deliver(*bodies) == []
    assert len(queue.called) == records
