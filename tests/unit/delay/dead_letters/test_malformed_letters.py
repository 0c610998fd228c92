"""Messages that are malformed or refused stay in the queue, and the others are redriven."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay import Delay, NotPermitted, Outcome, Redrive, Status
from delay.errors import Refused
from delay.testing import FakeSqs, FakeStepFunctions

ARN = "arn:aws:states:us-east-1:123456789012:execution:DelayStateMachine:"


class Shop:
    """Two failed tasks, "a" and "b", with messages between which a test puts others."""

    def __init__(self) -> None:
        self.is_closed = True
        self.sfn = FakeStepFunctions(self._open)
        self.sqs = FakeSqs(self.sfn.clock)
        self.delay = Delay(self.sfn.state_machine_arn, self.sfn, clock=self.sfn.clock)

    def _open(self, _event: Any, _context: Any) -> str:
        if self.is_closed:
            raise ValueError("the shop is closed")
        return "served"

    def fail(self, key: str) -> None:
        """Run a task that fails, and put its failure into the queue."""
        task = self.delay.wait(self.delay.schedule({}, after=timedelta(0), key=key))
        self.sqs.put(json.dumps({"executionArn": task.arn}))

    def put(self, *bodies: str) -> None:
        """Put messages between those of the two failed tasks."""
        self.fail("a")
        for body in bodies:
            self.sqs.put(body)
        self.fail("b")
        self.is_closed = False

    def redrive(self) -> Iterator[Redrive]:
        """Redrive all messages."""
        return self.delay.dead_letters(self.sqs.queue_url, self.sqs).redrive()

    @property
    def has_served_both(self) -> bool:
        """Whether both tasks were redriven."""
        return all(self.delay.get(key).status is Status.SUCCEEDED for key in "ab")


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"executionArn": f"{ARN}{'x' * 300}"}),
        json.dumps({"executionArn": ARN}),
        json.dumps({"executionArn": f"{ARN}\ud800"}),
        json.dumps({"executionArn": f"{ARN}\x1b[2J\u202e"}),
        json.dumps({"executionArn": f"{ARN}k--g2-abc"}),
        json.dumps({"executionArn": {"arn": ARN}}),
        json.dumps({"executionArn": f"{ARN}gone", "stopDate": 10**400}),
        '{"executionArn": "' + ARN + '", "detail": ' + "[" * 100_000,
        '{"detail": {"executionArn": 1}}',
        "null",
        "\x00",
        "",
    ],
)
def test_malformed_message_stays_and_the_others_are_redriven(shop: Shop, body: str) -> None:
    """It is visible again at once, and its reason is returned."""
    shop.put(body)
    redrives = list(shop.redrive())
    assert [redrive.outcome for redrive in redrives] == [Outcome.REDRIVEN, Outcome.LEFT, Outcome.REDRIVEN]
    assert str(redrives[1].error)
    assert shop.has_served_both
    assert shop.sqs.bodies == [body]
    assert shop.delay.dead_letters(shop.sqs.queue_url, shop.sqs).count() == 1


_TEXT = st.text(st.characters(codec=None), max_size=90)
_VALUE: st.SearchStrategy[object] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _TEXT, st.just([])
)
_DETAIL = st.fixed_dictionaries(
    {},
    optional={
        "executionArn": _VALUE | _TEXT.map(ARN.__add__),
        "status": _VALUE,
        "stopDate": _VALUE | st.integers(min_value=10**20),
        "error": _VALUE,
        "cause": _VALUE,
    },
)
_BODY = (
    _TEXT
    | _DETAIL.map(json.dumps)
    | st.builds(lambda detail: json.dumps({"detail": detail}), _DETAIL)
    | st.builds(lambda name: f'{{"executionArn": "{ARN}{name}", "cause": "cut o', _TEXT)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_BODY, max_size=3))
def test_no_message_ends_the_run(bodies: list[str]) -> None:
    """Whatever is in it."""
    shop = Shop()
    shop.put(*bodies)
    assert len(list(shop.redrive())) == len(bodies) + 2
    assert shop.has_served_both
    assert len(shop.sqs.bodies) <= len(bodies)


def test_refused_redrive_leaves_one_message(shop: Shop) -> None:
    """AWS refuses that execution alone."""
    shop.put()
    shop.sfn.fail("describe_execution", "InvalidArn")
    first, second = shop.redrive()
    assert (first.outcome, second.outcome) == (Outcome.LEFT, Outcome.REDRIVEN)
    assert isinstance(first.error, Refused)
    assert len(shop.sqs.bodies) == 1


def test_refused_deletion_leaves_the_message_of_a_redriven_task(shop: Shop) -> None:
    """The error says that the task was redriven. The next run deletes the message."""
    shop.put()
    shop.sqs.fail("delete_message", "ReceiptHandleIsInvalid")
    first, second = shop.redrive()
    assert (first.outcome, second.outcome) == (Outcome.LEFT, Outcome.REDRIVEN)
    assert "The task was redriven, but its message could not be deleted: " in str(first.error)
    assert shop.has_served_both
    assert [redrive.outcome for redrive in shop.redrive()] == [Outcome.REDRIVEN_BEFORE]
    assert shop.sqs.bodies == []


def test_batch_that_cannot_be_given_back_does_not_keep_the_others(shop: Shop) -> None:
    """The missing right is named at the end."""
    for _ in range(25):
        shop.sqs.put("hello")
    shop.sqs.fail("change_message_visibility_batch", "AccessDenied")
    with pytest.raises(NotPermitted):
        list(shop.redrive())
    assert shop.delay.dead_letters(shop.sqs.queue_url, shop.sqs).count() == 15
