"""Parsing a message of the dead-letter queue, in any form."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay import Generation
from delay.executions.letter import ExecutionLetter

ARN = "arn:aws:states:us-east-1:123456789012:execution:DelayStateMachine:order-42"
CAUSE = '{"errorMessage": "no such order", "errorType": "ValueError"}'
MESSAGE = {
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


def parse(body: str) -> ExecutionLetter:
    return ExecutionLetter.of({"MessageId": "m", "ReceiptHandle": "r", "Body": body})


def test_message_has_the_task_the_time_and_the_error() -> None:
    """The rule in the template writes it."""
    assert parse(json.dumps(MESSAGE)) == ExecutionLetter(
        message_id="m",
        receipt_handle="r",
        arn=ARN,
        status="FAILED",
        ended=datetime(2026, 11, 24, 14, 10, 20, 102000, tzinfo=UTC),
        error="ValueError",
        cause=CAUSE,
    )


def test_original_event_parses_to_the_same_letter() -> None:
    """EventBridge delivers it if it cannot apply the template."""
    event = {
        "detail-type": "Step Functions Execution Status Change",
        "detail": MESSAGE | {"input": '{"a": 1}'},
    }
    assert parse(json.dumps(event)) == parse(json.dumps(MESSAGE))


def test_timeout_has_neither_error_nor_cause() -> None:
    """They are null or empty in the message."""
    for nothing in (None, ""):
        letter = parse(json.dumps(MESSAGE | {"status": "TIMED_OUT", "error": nothing, "cause": nothing}))
        assert (letter.status, letter.error, letter.cause) == ("TIMED_OUT", None, None)


def test_arn_is_found_in_text_broken_by_quotes() -> None:
    """The ARN comes first, before any text of the function."""
    broken = f'{{"executionArn": "{ARN}", "name": "order-42", "cause": "{CAUSE}"}}'
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(broken)
    assert parse(broken) == ExecutionLetter("m", "r", ARN)


def test_later_arn_in_broken_text_is_ignored() -> None:
    """It may be the ARN of any execution."""
    assert parse(f'{{"cause": "{CAUSE}", "executionArn": "{ARN}"}}').arn is None


def test_letter_has_the_generation_of_a_rescheduled_task() -> None:
    """Its execution's name is not the key."""
    letter = parse(json.dumps(MESSAGE | {"executionArn": f"{ARN}--g2-g19"}))
    assert letter.generation == Generation("order-42", 2, "g19")
    assert parse("{}").generation is None


@given(JSON.map(json.dumps) | st.text())
def test_any_text_can_be_parsed(body: str) -> None:
    """Unknown text gives a letter about no task."""
    assert parse(body).message_id == "m"


@given(st.dictionaries(st.sampled_from([*MESSAGE, "detail"]), JSON).map(json.dumps))
def test_members_of_any_type_can_be_parsed(body: str) -> None:
    """A time out of range becomes None, and so does a value that is no text."""
    letter = parse(body)
    texts: list[Any] = [letter.arn, letter.status, letter.error, letter.cause]
    assert all(text is None or isinstance(text, str) for text in texts)
    assert letter.ended is None or letter.ended.tzinfo is UTC
