"""Failed tasks in the dead-letter queue: looked at, redriven, and deleted only when that was accepted."""

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
    """Tasks whose function raises as long as the shop is closed; each failure becomes a message."""

    def __init__(self, call_duration: timedelta = timedelta(0)) -> None:
        self.is_closed = True
        self.sfn = FakeStepFunctions(self._open, call_duration=call_duration)
        self.sqs = FakeSqs(self.sfn.clock)
        self.delay = Delay(self.sfn.state_machine_arn, self.sfn, clock=self.sfn.clock)

    @property
    def letters(self) -> DeadLetters:
        """Return what a process of its own would see."""
        return self.delay.dead_letters(self.sqs.queue_url, self.sqs)

    def fail(self, *keys: str) -> None:
        """Let tasks fail, and put their failures into the queue."""
        for key in keys:
            self.put(self.delay.wait(self.delay.schedule({}, after=timedelta(0), key=key)))

    def put(self, task: Task) -> None:
        """Put a failure into the queue, as the rule of the template does."""
        self.sqs.put(json.dumps({"executionArn": task.arn, "status": "FAILED", "error": "ValueError"}))

    def redrive(self, limit: int | None = None) -> list[tuple[str | None, Outcome]]:
        """Redrive all, and return the keys with what became of each."""
        return [_told(redrive) for redrive in self.letters.redrive(limit)]

    def status(self, key: str) -> Status:
        """Return how a task fares."""
        return self.delay.get(key).status

    def _open(self, _event: Any, _context: Any) -> str:  # noqa: ANN401 - a Lambda handler
        if self.is_closed:
            raise ValueError("the shop is closed")
        return "served"


class ForgetfulSqs(FakeSqs):
    """Keeps the first message that is deleted, on some server."""

    has_forgotten = False

    def delete_message(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as there
        """Delete a message, or say so."""
        if self.has_forgotten:
            return super().delete_message(**request)
        self.has_forgotten = True
        return {}


def _told(redrive: Redrive) -> tuple[str | None, Outcome]:
    generation = redrive.letter.generation
    return generation.key if generation else None, redrive.outcome


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_failed_tasks_are_redriven_and_leave_the_queue(shop: Shop) -> None:
    """Once what made them fail is mended."""
    shop.fail("a", "b")
    shop.is_closed = False
    assert shop.redrive() == [("a", Outcome.REDRIVEN), ("b", Outcome.REDRIVEN)]
    assert [shop.status(key) for key in "ab"] == [Status.SUCCEEDED] * 2
    assert shop.sqs.bodies == []


def test_looking_leaves_everything_where_it_is(shop: Shop) -> None:
    """And lets others have it at once."""
    shop.fail("a", "b")
    assert [letter.error for letter in shop.letters.look()] == ["ValueError"] * 2
    assert (shop.letters.count(), shop.status("a")) == (2, Status.FAILED)


def test_more_than_a_batch_is_redriven(shop: Shop) -> None:
    """SQS gives ten at a time."""
    keys = [f"order-{number}" for number in range(25)]
    shop.fail(*keys)
    assert {key for key, _ in shop.redrive()} == set(keys)
    assert shop.sqs.bodies == []


@pytest.mark.parametrize("limit", [1, 10, 11])
def test_no_more_than_the_limit_is_redriven(shop: Shop, limit: int) -> None:
    """The others can be had by others at once."""
    shop.fail(*(f"order-{number}" for number in range(12)))
    assert len(shop.redrive(limit)) == limit
    assert shop.letters.count() == 12 - limit


def test_a_task_that_fails_again_is_not_redriven_in_a_circle(shop: Shop) -> None:
    """Its new failure comes into the queue while the old ones are redriven, and stays there."""
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


def test_a_failure_that_was_redriven_already_leaves_the_queue(shop: Shop) -> None:
    """By hand, for example."""
    shop.fail("a")
    shop.is_closed = False
    task = shop.delay.redrive("a")
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.delay.get("a") == task
    assert shop.sqs.bodies == []


def test_a_task_that_was_redriven_and_then_stopped_stays_stopped() -> None:
    """A stop is somebody's wish, though Step Functions would redrive it."""
    shop = Shop(call_duration=HOUR)
    shop.fail("a")
    task = shop.delay.redrive("a")
    shop.sfn.stop_execution(executionArn=task.arn)
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sfn.describe_execution(executionArn=task.arn)["status"] == "ABORTED"


def test_a_failure_that_was_told_twice_is_redriven_once(shop: Shop) -> None:
    """EventBridge delivers at least once."""
    shop.fail("a")
    shop.put(shop.delay.get("a"))
    shop.is_closed = False
    assert shop.redrive() == [("a", Outcome.REDRIVEN), ("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sfn.requests.count("redrive_execution") == 1


def test_what_is_too_old_stays_with_the_reason(shop: Shop) -> None:
    """The others are redriven."""
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
    ("body", "error", "says"),
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
def test_what_is_no_failed_task_of_the_state_machine_stays(
    shop: Shop, body: str, error: type[Exception], says: str
) -> None:
    """Whoever put it there may miss it."""
    shop.sqs.put(body)
    (redrive,) = shop.letters.redrive()
    assert (redrive.outcome, type(redrive.error)) == (Outcome.LEFT, error)
    assert says in str(redrive.error)
    assert shop.sqs.bodies == [body]


def test_whoever_stops_fetching_gives_back_what_is_not_done(shop: Shop) -> None:
    """What is done is done."""
    shop.fail("a", "b", "c")
    redrives = shop.letters.redrive()
    next(redrives)
    redrives.close()
    assert shop.letters.count() == 2


def test_an_error_of_aws_ends_it_and_gives_back_the_rest(shop: Shop) -> None:
    """The task whose redrive was refused is still in the queue."""
    shop.fail("a", "b")
    shop.sfn.fail("redrive_execution", "AccessDeniedException")
    with pytest.raises(NotPermitted, match="states:RedriveExecution"):
        shop.redrive()
    assert shop.letters.count() == 2


def test_throttling_is_outlasted_until_patience_is_over(shop: Shop) -> None:
    """As with every call of the client; the message is not lost either way."""
    shop.fail("a", "b")
    shop.sfn.fail("redrive_execution", "ThrottlingException", times=3)
    assert shop.redrive(1) == [("a", Outcome.REDRIVEN)]
    shop.sfn.fail("redrive_execution", "ThrottlingException", times=1000)
    with pytest.raises(Throttled):
        shop.redrive()
    assert len(shop.sqs.bodies) == 1


def test_who_is_killed_after_the_redrive_leaves_a_message_that_does_no_harm(shop: Shop) -> None:
    """It is hidden for five minutes, and then found to be done."""
    shop.fail("a")
    shop.is_closed = False
    killed = shop.letters.look()
    next(killed)
    shop.delay.redrive("a")
    assert (shop.redrive(), shop.letters.in_flight()) == ([], 1)
    shop.sfn.clock.forward(timedelta(minutes=5))
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]


def test_a_message_that_comes_again_while_it_is_held_is_told_once(shop: Shop) -> None:
    """A long run takes longer than messages stay hidden."""
    shop.sqs.put("hello")
    redrives = []
    for redrive in shop.letters.redrive():
        redrives.append(redrive)
        shop.sfn.clock.forward(HOUR)
    assert len(redrives) == 1
    assert shop.letters.count() == 1


def test_a_copy_of_a_message_that_was_deleted_is_deleted_as_well(shop: Shop) -> None:
    """SQS may deliver it once more: nobody shall redrive the task by it some day."""
    shop.sqs = ForgetfulSqs(shop.sfn.clock)
    shop.fail("a", "b")
    shop.is_closed = False
    outcomes = []
    for redrive in shop.letters.redrive():
        outcomes.append(redrive.outcome)
        shop.sfn.clock.forward(HOUR)
    assert outcomes == [Outcome.REDRIVEN] * 2
    assert shop.sqs.bodies == []


def test_who_was_faster_has_redriven_it(shop: Shop) -> None:
    """Between the look at the task and its redrive: the message is done with."""
    shop.fail("a")
    shop.is_closed = False
    task = shop.delay.get("a")

    def somebody_else(method: str, moment: Moment) -> None:
        if (method, moment) == ("redrive_execution", Moment.BEFORE):
            shop.sfn.watch(None)
            shop.sfn.redrive_execution(executionArn=task.arn)

    shop.sfn.watch(somebody_else)
    assert shop.redrive() == [("a", Outcome.REDRIVEN_BEFORE)]
    assert shop.sqs.bodies == []


def test_what_ended_it_matters_more_than_what_could_not_be_given_back(shop: Shop) -> None:
    """Messages come back by themselves."""
    shop.fail("a")
    shop.sfn.fail("redrive_execution", "AccessDeniedException")
    shop.sqs.fail("change_message_visibility_batch", "AccessDenied")
    with pytest.raises(NotPermitted, match="states:RedriveExecution"):
        shop.redrive()


def test_who_may_not_give_back_is_told(shop: Shop) -> None:
    """With the right that is missing."""
    shop.fail("a")
    shop.sqs.fail("change_message_visibility_batch", "AccessDenied")
    with pytest.raises(NotPermitted, match="sqs:ChangeMessageVisibility"):
        list(shop.letters.look())


def test_who_may_not_use_the_key_is_told_so(shop: Shop) -> None:
    """The queue may be encrypted with a key of one's own."""
    shop.sqs.fail("receive_message", "KMS.AccessDeniedException")
    with pytest.raises(NotPermitted, match="needs the KMS key that encrypts it: add kms:Decrypt"):
        shop.redrive()


def test_a_queue_that_is_not_there_is_told(shop: Shop) -> None:
    """With what to check; and where none is named, that one is wanted."""
    with pytest.raises(NoSuchQueue, match="There is no queue https"):
        shop.delay.dead_letters("https://sqs.us-east-1.amazonaws.com/1/none", shop.sqs).count()
    with pytest.raises(NoSuchQueue, match="Give the URL of the dead-letter queue"):
        shop.delay.dead_letters()


def test_the_client_can_be_made_with_its_queue(shop: Shop) -> None:
    """As one that is found by the name of its stack is."""
    shop.fail("a")
    url = shop.sqs.queue_url
    delay = Delay(shop.sfn.state_machine_arn, shop.sfn, clock=shop.sfn.clock, dead_letter_queue_url=url)
    assert delay.dead_letters(sqs=shop.sqs).count() == 1


def test_the_fake_refuses_what_boto3_refuses(shop: Shop) -> None:
    """By AWS's own model."""
    with pytest.raises(ParamValidationError):
        shop.sqs.receive_message(QueueUrl=shop.sqs.queue_url, Number=3)
