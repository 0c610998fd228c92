"""The reconciliation of failed tasks with the letters in the dead-letter queue."""

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from delay import Delay
from delay.dead_letters.redriving import Outcome
from delay.executions.letter import ExecutionLetter
from delay.testing import FakeClock, FakeSqs, FakeStepFunctions
from delay.testing.model import service_model
from reconciliation.reconcile import (
    Failures,
    Letters,
    Settings,
    TooManyLettersError,
    Window,
    lambda_handler,
    reconcile,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)
CANARY = "delayed-tasks-canary-"


class SendingSqs(FakeSqs):
    """The fake queue, to which the reconciliation sends as well."""

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Send a message."""
        shape: Any = service_model("sqs").operation_model("SendMessage").input_shape
        validate_parameters(request, shape)
        assert request["QueueUrl"] == self.queue_url
        self.put(request["MessageBody"])
        return {"MessageId": "m"}


def raise_error(_event: dict[str, Any], _call: object) -> None:
    raise ValueError("no such order")


@dataclass
class Stack:
    """A stack whose function fails every task, and whose events are all lost."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create the clients."""
        self.sfn = FakeStepFunctions(raise_error, clock=self.clock)
        self.sqs = SendingSqs(self.clock)
        sfn: Any = self.sfn
        sqs: Any = self.sqs
        settings = Settings(self.sfn.state_machine_arn, self.sqs.queue_url, CANARY)
        self.delay = Delay(self.sfn.state_machine_arn, sfn, clock=self.clock)
        self.failures = Failures(settings, sfn, self.pauses.append)
        self.letters = Letters(settings, sqs)

    def fail(self, key: str, after: timedelta = timedelta(0)) -> str:
        """Schedule a task, let it fail when it is due, and return the ARN of its execution."""
        task = self.delay.schedule({}, after=after, key=key)
        self.clock.forward(after)
        return task.arn

    def look(self) -> dict[str, int]:
        """Look, as at this moment's schedule."""
        window = Window.of({"scheduled": self.clock.now().isoformat()}, self.clock.now())
        return reconcile(window, self.failures, self.letters)

    def named(self) -> list[str]:
        """Return the names in the letters of the queue."""
        return [json.loads(body)["name"] for body in self.sqs.bodies]


@pytest.fixture
def stack() -> Stack:
    return Stack()


def test_failure_without_a_letter_gets_one(stack: Stack) -> None:
    """Even a task that was scheduled a week before."""
    stack.fail("order-42", after=WEEK)
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 1, "sent": 1}
    assert stack.named() == ["order-42"]


def test_letter_is_in_the_form_of_the_rule(stack: Stack) -> None:
    """The redrive parses it. ListExecutions returns neither error nor cause."""
    arn = stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    stack.look()
    (body,) = stack.sqs.bodies
    letter = ExecutionLetter.of({"MessageId": "m", "ReceiptHandle": "r", "Body": body})
    assert (letter.arn, letter.status, letter.ended) == (arn, "FAILED", NOW)
    assert (letter.error, letter.cause) == (None, None)
    assert "input" not in json.loads(body)


def test_sent_letter_is_redriven(stack: Stack) -> None:
    """As one that EventBridge delivered."""
    stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    stack.look()
    sqs: Any = stack.sqs
    outcomes = [each.outcome for each in stack.delay.dead_letters(sqs.queue_url, sqs).redrive()]
    assert outcomes == [Outcome.REDRIVEN]
    assert stack.sqs.bodies == []


@pytest.mark.parametrize(
    "form", ["{}", '{{"detail-type": "Step Functions Execution Status Change", "detail": {}}}']
)
def test_failure_with_a_letter_gets_no_other(stack: Stack, form: str) -> None:
    """In both forms of a letter: that of the rule, and the original event."""
    arn = stack.fail("order-42")
    stack.sqs.put(form.format(json.dumps({"name": "order-42", "executionArn": arn})))
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 1, "sent": 0}
    assert len(stack.sqs.bodies) == 1


def test_second_look_sends_nothing(stack: Stack) -> None:
    """It finds the letter of the first."""
    stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    stack.look()
    stack.clock.forward(HOUR)
    assert stack.look() == {"failed": 1, "sent": 0}


def test_letters_are_visible_again_after_a_look(stack: Stack) -> None:
    """A person can redrive them at once."""
    arns = [stack.fail(f"order-{number}") for number in range(25)]
    for arn in arns:
        stack.sqs.put(json.dumps({"executionArn": arn}))
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 25, "sent": 0}
    answer = stack.sqs.get_queue_attributes(QueueUrl=stack.sqs.queue_url, AttributeNames=["All"])
    assert answer["Attributes"]["ApproximateNumberOfMessages"] == "25"


def test_look_without_failures_leaves_the_queue_alone(stack: Stack) -> None:
    """It holds no letter that a person may want."""
    stack.sqs.put("{}")
    assert stack.look() == {"failed": 0, "sent": 0}
    assert stack.sqs.requests == []


def test_look_ends_once_all_letters_are_found(stack: Stack) -> None:
    """It does not read the rest of a long queue."""
    stack.sqs.put(json.dumps({"executionArn": stack.fail("order-42")}))
    for _ in range(100):
        stack.sqs.put("{}")
    stack.clock.forward(HOUR + MINUTE)
    stack.look()
    assert stack.sqs.requests.count("receive_message") == 1


@pytest.mark.parametrize(
    ("age", "sent"),
    [(59 * MINUTE, 0), (HOUR + MINUTE, 1), (5 * HOUR - MINUTE, 1), (5 * HOUR + MINUTE, 0)],
)
def test_look_covers_four_hours_that_end_an_hour_ago(stack: Stack, age: timedelta, sent: int) -> None:
    """A younger failure's letter may still come, and an older one was looked at before."""
    stack.fail("order-42")
    stack.clock.forward(age)
    assert stack.look()["sent"] == sent


def test_three_missed_looks_lose_nothing(stack: Stack) -> None:
    """Looks are an hour apart: the one after them still covers the failure."""
    stack.clock.forward(timedelta(minutes=30))
    stack.fail("order-42")
    stack.clock.forward(4 * HOUR + 30 * MINUTE)
    assert stack.look()["sent"] == 1


def test_look_by_hand_covers_the_hours_up_to_now() -> None:
    """For the time in which the schedule did not run."""
    window = Window.of({"hours": 48}, NOW)
    assert (window.since, window.until) == (NOW - timedelta(hours=48), NOW)
    assert NOW - HOUR in window


def test_retried_call_looks_at_the_hours_of_its_schedule() -> None:
    """EventBridge Scheduler writes the time so."""
    event = {"scheduled": "2026-11-24T12:00:00Z"}
    assert Window.of(event, NOW) == Window.of(event, NOW + HOUR)


def test_stopped_and_succeeded_tasks_get_no_letter(stack: Stack) -> None:
    """The rule matches neither."""
    stack.delay.schedule({}, after=WEEK, key="stopped")
    stack.delay.cancel("stopped")
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 0, "sent": 0}


def test_task_that_was_redriven_meanwhile_gets_no_letter(stack: Stack) -> None:
    """It is no longer failed."""
    stack.fail("order-42")
    stack.sfn._function = lambda _event, _call: None  # noqa: SLF001 - the release that mends it
    stack.delay.redrive("order-42")
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 0, "sent": 0}


def test_failed_canary_gets_no_letter(stack: Stack) -> None:
    """It has no work to redrive."""
    stack.fail(f"{CANARY}d32c5kddcf5bb8c3")
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look() == {"failed": 0, "sent": 0}


def test_pages_are_read_one_a_second(stack: Stack) -> None:
    """AWS allows 2 to 5 ListExecutions a second for all callers of the account."""
    for number in range(2001):
        stack.delay.schedule({}, after=timedelta(0), key=f"order-{number}")
    stack.clock.forward(HOUR + MINUTE)
    assert stack.look()["failed"] == 2001
    assert stack.pauses == [1, 1]


def test_queue_that_is_too_long_ends_the_look(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """ReconciliationAlarm goes off, and the letters that were read are visible again."""
    monkeypatch.setattr("reconciliation.reconcile.MOST_LETTERS", 10)
    for _ in range(30):
        stack.sqs.put("{}")
    stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    with pytest.raises(TooManyLettersError, match="More than 10 letters"):
        stack.look()
    assert (
        len(stack.sqs.receive_message(QueueUrl=stack.sqs.queue_url, MaxNumberOfMessages=10)["Messages"]) == 10
    )


def test_error_of_the_queue_fails_the_look(stack: Stack) -> None:
    """It is not taken for an empty queue."""
    stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    stack.sqs.fail("receive_message", "KmsAccessDenied")
    with pytest.raises(ClientError):
        stack.look()
    assert stack.sqs.bodies == []


def test_every_letter_that_was_missing_is_logged(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    """With the execution, so that AWS can be asked about the event."""
    arn = stack.fail("order-42")
    stack.clock.forward(HOUR + MINUTE)
    with caplog.at_level(logging.WARNING):
        stack.look()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert vars(record)["execution"] == arn


def test_handler_reads_the_stack_from_its_environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """As template.yaml sets it."""
    clients: dict[str, Any] = {"stepfunctions": stack.sfn, "sqs": stack.sqs}
    monkeypatch.setattr(boto3, "client", lambda service, **_: clients[service])
    monkeypatch.setenv("STATE_MACHINE_ARN", stack.sfn.state_machine_arn)
    monkeypatch.setenv("QUEUE_URL", stack.sqs.queue_url)
    monkeypatch.setenv("CANARY_PREFIX", CANARY)
    assert lambda_handler({"hours": 1}, None) == {"failed": 0, "sent": 0}
