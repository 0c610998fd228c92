"""What is read of a message in the dead-letter queue, however it was written."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay import DeadLetter, Generation

ARN = "arn:aws:states:us-east-1:123456789012:execution:DelayStateMachine:order-42"
CAUSE = '{"errorMessage": "no such order", "errorType": "ValueError"}'
TOLD = {
    "executionArn": ARN,
    "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine",
    "name": "order-42",
    "status": "FAILED",
    "startDate": 1795527619969,
    "stopDate": 1795529420102,
    "error": "ValueError",
    "cause": CAUSE,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(body: str) -> DeadLetter:
    return DeadLetter.of({"MessageId": "m", "ReceiptHandle": "r", "Body": body})


def test_a_message_says_which_task_failed_when_and_why() -> None:
    """As the rule of the template writes it."""
    assert read(json.dumps(TOLD)) == DeadLetter(
        message_id="m",
        receipt_handle="r",
        arn=ARN,
        status="FAILED",
        ended=datetime(2026, 11, 24, 14, 10, 20, 102000, tzinfo=UTC),
        error="ValueError",
        cause=CAUSE,
    )


def test_an_event_that_came_as_it_is_says_the_same() -> None:
    """EventBridge puts it into the queue where it could not write the message."""
    event = {"detail-type": "Step Functions Execution Status Change", "detail": TOLD | {"input": '{"a": 1}'}}
    assert read(json.dumps(event)) == read(json.dumps(TOLD))


def test_a_timeout_has_neither_error_nor_cause() -> None:
    """They are null, or were left out as empty texts."""
    for nothing in (None, ""):
        letter = read(json.dumps(TOLD | {"status": "TIMED_OUT", "error": nothing, "cause": nothing}))
        assert (letter.status, letter.error, letter.cause) == ("TIMED_OUT", None, None)


def test_of_text_whose_quotes_break_it_the_task_is_known() -> None:
    """The ARN comes first, before any text of the function's."""
    broken = f'{{"executionArn": "{ARN}", "name": "order-42", "cause": "{CAUSE}"}}'
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(broken)
    assert read(broken) == DeadLetter("m", "r", ARN)


def test_an_arn_elsewhere_in_broken_text_is_not_taken_for_the_task() -> None:
    """It may be anybody's."""
    assert read(f'{{"cause": "{CAUSE}", "executionArn": "{ARN}"}}').arn is None


def test_the_generation_of_a_rescheduled_task_is_known() -> None:
    """Its execution is called otherwise than its key."""
    letter = read(json.dumps(TOLD | {"executionArn": f"{ARN}--g2-g19"}))
    assert letter.generation == Generation("order-42", 2, "g19")
    assert read("{}").generation is None


@given(JSON.map(json.dumps) | st.text())
def test_anything_can_be_read(body: str) -> None:
    """Whatever lies in the queue: it is then about no task."""
    assert read(body).message_id == "m"


@given(st.dictionaries(st.sampled_from([*TOLD, "detail"]), JSON).map(json.dumps))
def test_members_of_any_type_can_be_read(body: str) -> None:
    """A time out of bounds is none, and what is no text is none."""
    letter = read(body)
    texts: list[Any] = [letter.arn, letter.status, letter.error, letter.cause]
    assert all(text is None or isinstance(text, str) for text in texts)
    assert letter.ended is None or letter.ended.tzinfo is UTC
