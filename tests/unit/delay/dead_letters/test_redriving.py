"""Failed tasks in the dead-letter queue: inspected, redriven, and deleted after an accepted redrive."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from delay import (
    DeadLetters,
    Delay,
    NoSuchQueue,
    NoSuchTask,
    NotPermitted,
    NotRedrivable,
    Outcome,
    Redrive,
    Status,
    Task,
    Throttled,
    UnknownDeadLetter,
)
from delay.testing import FakeSqs, FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR


class Shop:
    """Tasks whose function raises while the shop is closed, and the queue of their failures."""

    def __init__(self, call_duration: timedelta = timedelta(0)) -> None:
        self.is_closed = True
        self.sfn = FakeStepFunctions(self._open, call_duration=call_duration)
        self.sqs = FakeSqs(self.sfn.clock)
        self.delay = Delay(self.sfn.state_machine_arn, self.sfn, clock=self.sfn.clock)

    @property
    def letters(self) -> DeadLetters:
        """The dead letters, as another process would see them."""
        return self.delay.dead_letters(self.sqs.queue_url, self.sqs)

    def fail(self, *keys: str) -> None:
        """Run tasks that fail, and put their failures into the queue."""
        for key in keys:
            self.put(self.delay.wait(self.delay.schedule({}, after=timedelta(0), key=key)))

    def put(self, task: Task) -> None:
        """Put a failure into the queue, as the template's rule does."""
        self.sqs.put(json.dumps({"executionArn": task.arn, "status": "FAILED", "error": "ValueError"}))

    def redrive(self, limit: int | None = None) -> list[tuple[str | None, Outcome]]:
        """Redrive all, and return each key with its outcome."""
        return [_summarize(redrive) for redrive in self.letters.redrive(limit)]

    def status(self, key: str) -> Status:
        """Return the status of a task."""
        return self.delay.get(key).status

    def _open(self, _event: Any, _context: Any) -> str:
        if self.is_closed:
            raise ValueError("the shop is closed")
        return "served"


class ForgetfulSqs(FakeSqs):
    """Keeps the first deleted message, as one of SQS's servers may."""

    has_forgotten = False

    def delete_message(self, **request: Any) -> dict[str, Any]:
        """Delete the message; the first time, only pretend to."""
        if self.has_forgotten:
            return super().delete_message(**request)
        self.has_forgotten = True
        return {}


def _summarize(redrive: Redrive) -> tuple[str | None, Outcome]:
    return redrive.letter.key, redrive.outcome


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_failed_tasks_are_redriven_and_leave_the_queue(shop: Shop) -> None:
    """The cause of their failure is gone."""
    shop.fail("a", "b")
    shop.is_closed = False
    assert shop.redrive() == [("a", Outcome.REDRIVEN), ("b", Outcome.REDRIVEN)]
    assert [shop.status(key) for key in "ab"] == [Status.SUCCEEDED] * 2
    assert shop.sqs.bodies == []


def test_look_changes_neither_messages_nor_tasks(shop: Shop) -> None:
    """Others can receive the messages at once."""
    shop.fail("a", "b")
    assert [letter.error for letter in shop.letters.look()] == ["ValueError"] * 2
    assert (shop.letters.count(), shop.status("a")) == (2, Status.FAILED)


def test_redrive_continues_after_a_batch(shop: Shop) -> None:
    """SQS returns at most ten messages at a time."""
    keys = [f"order-{number}" for number in range(25)]
    shop.fail(*keys)
    assert {key for key, _ in shop.redrive()} == set(keys)
    assert shop.sqs.bodies == []


@pytest.mark.parametrize("limit", [1, 10, 11])
def test_redrive_stops_at_the_limit(shop: Shop, limit: int) -> None:
    """Others can receive the remaining messages at once."""
    shop.fail(*(f"order-{number}" for number in range(12)))
    assert len(shop.redrive(limit)) == limit
    assert shop.letters.count() == 12 - limit


def test_task_that_fails_again_is_redriven_once(shop: Shop) -> None:
    """Its new failure reaches the queue during the run, and stays there."""
    shop.fail("a")
    redrives = []
    for redrive in shop.letters.redrive():
        redrives.append(redrive)
        if redrive.outcome is Outcome.REDRIVEN:
            shop.put(shop.delay.get("a"))
    assert [redrive.outcome for redrive in redrives] == [Outcome.REDRIVEN, Outcome.LEFT]
    assert isinstance(redrives[1].error, NotRedrivable)
    assert "has failed again" in str(redrives[1].error)
    assert (shop.status("a"), len(shop.sqs.bodies)) == (Status.FAILED, 1)


def test_already_redriven_failure_leaves_the_queue(shop: Shop) -> None:
    """It was redriven by hand, for example."""
    shop.fail("a")
    shop.is_closed = False
    task = shop.delay.redrive("a")
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.delay.get("a") == task
    assert shop.sqs.bodies == []


def test_task_stopped_after_its_redrive_stays_stopped() -> None:
    """Step Functions would redrive it, but a stop is deliberate."""
    shop = Shop(call_duration=HOUR)
    shop.fail("a")
    task = shop.delay.redrive("a")
    shop.sfn.stop_execution(executionArn=task.arn)
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sfn.describe_execution(executionArn=task.arn)["status"] == "ABORTED"


def test_failure_delivered_twice_is_redriven_once(shop: Shop) -> None:
    """EventBridge delivers at least once."""
    shop.fail("a")
    shop.put(shop.delay.get("a"))
    shop.is_closed = False
    assert shop.redrive() == [("a", Outcome.REDRIVEN), ("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sfn.requests.count("redrive_execution") == 1


def test_failure_too_old_for_a_redrive_stays_in_the_queue(shop: Shop) -> None:
    """Its result has the reason, and the other failures are redriven."""
    shop.fail("old")
    shop.sfn.clock.forward(timedelta(days=15))
    shop.fail("young")
    shop.is_closed = False
    (old, young) = shop.letters.redrive()
    assert (old.outcome, young.outcome) == (Outcome.LEFT, Outcome.REDRIVEN)
    assert isinstance(old.error, NotRedrivable)
    assert "14 days" in str(old.error)
    assert shop.letters.count() == 1


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("hello", UnknownDeadLetter, "about something else, not about a task of"),
        (
            '{"executionArn": "arn:aws:states:us-east-1:123456789012:execution:Other:a"}',
            UnknownDeadLetter,
            "execution:Other:a",
        ),
        (
            '{"executionArn": "arn:aws:states:us-east-1:123456789012:execution:DelayStateMachine:gone"}',
            NoSuchTask,
            "'gone' no longer exists",
        ),
    ],
)
def test_message_about_no_task_of_the_state_machine_stays_in_the_queue(
    shop: Shop, body: str, error: type[Exception], message: str
) -> None:
    """Its sender may need it."""
    shop.sqs.put(body)
    (redrive,) = shop.letters.redrive()
    assert (redrive.outcome, type(redrive.error)) == (Outcome.LEFT, error)
    assert message in str(redrive.error)
    assert shop.sqs.bodies == [body]


def test_closed_iterator_releases_the_remaining_messages(shop: Shop) -> None:
    """The message of the finished redrive is deleted."""
    shop.fail("a", "b", "c")
    redrives = shop.letters.redrive()
    next(redrives)
    redrives.close()
    assert shop.letters.count() == 2


def test_error_of_aws_ends_the_run_and_releases_its_messages(shop: Shop) -> None:
    """The task whose redrive was refused is still in the queue."""
    shop.fail("a", "b")
    shop.sfn.fail("redrive_execution", "AccessDeniedException")
    with pytest.raises(NotPermitted, match="states:RedriveExecution"):
        shop.redrive()
    assert shop.letters.count() == 2


def test_throttling_is_retried_until_patience_ends(shop: Shop) -> None:
    """The message is kept either way."""
    shop.fail("a", "b")
    shop.sfn.fail("redrive_execution", "ThrottlingException", times=3)
    assert shop.redrive(1) == [("a", Outcome.REDRIVEN)]
    shop.sfn.fail("redrive_execution", "ThrottlingException", times=1000)
    with pytest.raises(Throttled):
        shop.redrive()
    assert len(shop.sqs.bodies) == 1


def test_message_left_by_a_killed_client_does_no_harm(shop: Shop) -> None:
    """It is hidden for five minutes, and its task is then found to be redriven."""
    shop.fail("a")
    shop.is_closed = False
    killed = shop.letters.look()
    next(killed)
    shop.delay.redrive("a")
    assert (shop.redrive(), shop.letters.in_flight()) == ([], 1)
    shop.sfn.clock.forward(timedelta(minutes=5))
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]


def test_message_received_again_during_the_run_is_reported_once(shop: Shop) -> None:
    """A long run outlasts the visibility timeout."""
    shop.sqs.put("hello")
    redrives = []
    for redrive in shop.letters.redrive():
        redrives.append(redrive)
        shop.sfn.clock.forward(HOUR)
    assert len(redrives) == 1
    assert shop.letters.count() == 1


def test_copy_of_a_deleted_message_is_deleted_too(shop: Shop) -> None:
    """SQS may deliver a copy, which must not redrive the task later."""
    shop.sqs = ForgetfulSqs(shop.sfn.clock)
    shop.fail("a", "b")
    shop.is_closed = False
    outcomes = []
    for redrive in shop.letters.redrive():
        outcomes.append(redrive.outcome)
        shop.sfn.clock.forward(HOUR)
    assert outcomes == [Outcome.REDRIVEN] * 2
    assert shop.sqs.bodies == []


def test_task_redriven_by_a_faster_client_leaves_the_queue(shop: Shop) -> None:
    """The other client redrives it between our lookup and our redrive."""
    shop.fail("a")
    shop.is_closed = False
    task = shop.delay.get("a")

    def redrive_first(method: str, moment: Moment) -> None:
        if (method, moment) == ("redrive_execution", Moment.BEFORE):
            shop.sfn.watch(None)
            shop.sfn.redrive_execution(executionArn=task.arn)

    shop.sfn.watch(redrive_first)
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sqs.bodies == []


def test_interrupted_redrive_raises_the_interruption(shop: Shop) -> None:
    """A failure to release messages is secondary: they reappear by themselves."""
    shop.fail("a")
    shop.sfn.fail("redrive_execution", "AccessDeniedException")
    shop.sqs.fail("change_message_visibility_batch", "AccessDenied")
    with pytest.raises(NotPermitted, match="states:RedriveExecution"):
        shop.redrive()


def test_missing_right_to_release_messages_is_named(shop: Shop) -> None:
    """The error names the IAM action."""
    shop.fail("a")
    shop.sqs.fail("change_message_visibility_batch", "AccessDenied")
    with pytest.raises(NotPermitted, match="sqs:ChangeMessageVisibility"):
        list(shop.letters.look())


def test_missing_right_to_the_kms_key_is_named(shop: Shop) -> None:
    """The queue may be encrypted with a customer managed key."""
    shop.sqs.fail("receive_message", "KMS.AccessDeniedException")
    with pytest.raises(NotPermitted, match="needs the KMS key that encrypts it: add kms:Decrypt"):
        shop.redrive()


def test_missing_queue_is_reported(shop: Shop) -> None:
    """The error says what to check. Without a URL, it asks for one."""
    with pytest.raises(NoSuchQueue, match="There is no queue https"):
        shop.delay.dead_letters("https://sqs.us-east-1.amazonaws.com/1/none", shop.sqs).count()
    with pytest.raises(NoSuchQueue, match="Give the URL of the dead-letter queue"):
        shop.delay.dead_letters()


def test_client_can_be_created_with_its_queue(shop: Shop) -> None:
    """`Delay.from_stack` creates such a client."""
    shop.fail("a")
    url = shop.sqs.queue_url
    delay = Delay(shop.sfn.state_machine_arn, shop.sfn, clock=shop.sfn.clock, dead_letter_queue_url=url)
    assert delay.dead_letters(sqs=shop.sqs).count() == 1


def test_fake_refuses_the_parameters_that_boto3_refuses(shop: Shop) -> None:
    """Both follow AWS's own model."""
    with pytest.raises(ParamValidationError):
        shop.sqs.receive_message(QueueUrl=shop.sqs.queue_url, Number=3)
