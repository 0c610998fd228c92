"""An operator empties the dead-letter queue: lists the failed tasks, redrives one, then the rest."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest

from tests.acceptance.command import Ended, run
from tests.acceptance.shell.local import BADLY, Shell
from tests.acceptance.steps import wait_for_end, with_boto3
from tests.acceptance.terminal import on_terminal
from tests.moto_server import moto_server

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


@dataclass(frozen=True, slots=True)
class Queue:
    """A dead-letter queue, and the endpoint of its failed tasks."""

    sqs: "SQSClient"
    url: str
    shell: Shell

    def fail(self) -> str:
        """Run a task that fails, put its message into the queue, and return its key."""
        call, key = with_boto3(self.shell.url), f"task-{uuid4()}"
        badly = json.dumps(BADLY | {"expirydate": 0})
        arn = call("start_execution", stateMachineArn=MACHINE, name=key, input=badly)["executionArn"]
        failure = {
            "executionArn": arn,
            "status": wait_for_end(call, arn)["status"],
            "stopDate": 1795529420102,
        }
        self.put(json.dumps(failure | {"error": "ValueError", "cause": "no such order"}))
        return key

    def count_redrives(self, key: str) -> int:
        """Return how often a task was redriven."""
        arn = MACHINE.replace(":stateMachine:", ":execution:")
        described = with_boto3(self.shell.url)("describe_execution", executionArn=f"{arn}:{key}")
        return int(described["redriveCount"])

    def put(self, body: str) -> None:
        """Put a message into the queue."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def redrive(self, *arguments: str) -> Ended:
        """Run the command to its end."""
        return run("delay", *self.command(*arguments), AWS_ENDPOINT_URL_SQS=self.sqs.meta.endpoint_url)

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return the arguments of the command."""
        queue = ("--from-queue", "--queue-url", self.url)
        return ("redrive", *queue, *arguments, "--local", "--endpoint-url", self.shell.url)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def queue(server: str, shell: Shell) -> Iterator[Queue]:
    sqs = boto3.client(
        "sqs",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    yield Queue(sqs, url, shell)
    sqs.delete_queue(QueueUrl=url)
    sqs.close()


def test_dry_run_lists_failed_tasks(queue: Queue) -> None:
    """Each line has time, key and error. The queue stays unchanged."""
    key = queue.fail()
    for _ in range(2):
        looked = queue.redrive("--dry-run")
        assert (looked.code, looked.err) == (0, "")
        assert looked.out == f"2026-11-24T14:10:20Z  {key}  ValueError: no such order\n"


def test_redrive_empties_the_queue(queue: Queue) -> None:
    """Each task is printed on standard output, and the total on standard error."""
    keys = {queue.fail() for _ in range(3)}
    done = queue.redrive()
    assert (done.code, done.err) == (0, "Redrove 3 tasks.\n")
    lines = [line.split()[:3] for line in done.out.splitlines()]
    assert {(outcome, key) for outcome, _, key in lines} == {("REDRIVEN", key) for key in keys}
    assert [queue.count_redrives(key) for key in keys] == [1, 1, 1]
    again = queue.redrive()
    assert (again.code, again.out, again.err) == (0, "", "No failed tasks in the queue.\n")


def test_unknown_message_is_reported_and_stays_in_the_queue(queue: Queue) -> None:
    """The exit code is its own, and the other tasks are redriven."""
    queue.put("hello")
    key = queue.fail()
    done = queue.redrive()
    assert done.code == 8
    assert key in done.out
    reported, summary = done.err.splitlines()
    assert reported.startswith("Left in the queue: The message ")
    assert summary == "Redrove 1 task, left 1 message in the queue."
    assert queue.redrive("--dry-run").out.startswith("-  (message ")


def test_json_has_a_line_for_each_message(queue: Queue) -> None:
    """The line has the outcome, and nothing else is printed."""
    queue.put("hello")
    key = queue.fail()
    done = queue.redrive("--json")
    assert (done.code, done.err) == (8, "")
    records = {record["key"]: record for record in map(json.loads, done.out.splitlines())}
    assert (records[key]["outcome"], records[key]["reason"]) == ("REDRIVEN", None)
    assert records[key]["cause"] == "no such order"
    assert records[None]["outcome"] == "LEFT"
    assert "is about something else" in records[None]["reason"]


def test_limit_redrives_one_task(queue: Queue) -> None:
    """The others stay, and can be received at once."""
    keys = {queue.fail() for _ in range(2)}
    assert queue.redrive("--limit", "1").err == "Redrove 1 task.\n"
    assert queue.redrive("--dry-run").out.split()[1] in keys


def test_terminal_shows_a_progress_bar(queue: Queue) -> None:
    """Results appear above the bar, which is gone at the end."""
    key, endpoint = queue.fail(), queue.sqs.meta.endpoint_url
    with on_terminal("delay", *queue.command(), AWS_ENDPOINT_URL_SQS=endpoint) as terminal:
        assert terminal.until("Redriving ━")
        assert terminal.end() == 0
    assert re.search(rf"^REDRIVEN  +2026-11-24T14:10:20Z  {key}  ValueError", terminal.text, re.MULTILINE)
    assert terminal.text.rstrip().endswith("Redrove 1 task.")


def test_messages_of_other_readers_are_counted(queue: Queue) -> None:
    """They reappear by themselves."""
    queue.fail()
    queue.sqs.receive_message(QueueUrl=queue.url, VisibilityTimeout=300)
    looked = queue.redrive("--dry-run")
    assert (looked.code, looked.out) == (0, "")
    assert looked.err == "No failed tasks in the queue. Other readers hold 1, for five minutes at most.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Name tasks by their KEYs, or give --from-queue, --prefix or --all: "),
        (("order", "--from-queue"), 2, "give --from-queue, --prefix or --all: exactly one of them."),
        (("order", "--queue-url", "http://127.0.0.1:1/q"), 2, "--queue-url goes with --from-queue"),
        (("order", "--dry-run"), 2, "--dry-run goes with --from-queue"),
        (("order", "--limit", "1"), 2, "--limit goes with --from-queue"),
        (("--from-queue",), 1, "Give the URL of the dead-letter queue"),
        (("--from-queue", "--queue-url", "failed"), 2, "is not a URL that begins with http://"),
        (("--from-queue", "--limit", "0"), 2, "0 is not in the range x>=1"),
    ],
)
def test_contradictory_options_are_refused(
    shell: Shell, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """The last line says what is allowed."""
    done = shell.delay("redrive", *arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err.splitlines()[-1]
