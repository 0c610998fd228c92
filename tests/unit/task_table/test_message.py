"""Messages: what is sent is what is received, and anything else is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from task_table.errors import UnreadableMessage
from task_table.message import MAX_INLINE_BYTES, Message
from task_table.slot_row import LATEST_DUE
from tests.unit.task_table.rows import NOW, build_slot_row

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


@given(key=TEXTS, payload=TEXTS, due=st.integers(0, LATEST_DUE), delay=st.integers(0, LATEST_DUE))
def test_message_is_parsed_as_it_was_formatted(key: str, payload: str, due: int, delay: int) -> None:
    """Each message comes back from its body."""
    message = Message.of_row(build_slot_row(key=key, payload=payload, due=due, delay=delay))
    assert Message.parse(message.format()) == message


def test_large_payload_stays_in_the_slot_row() -> None:
    """A payload above 4,096 bytes of UTF-8 is not in the message."""
    sizes = [MAX_INLINE_BYTES // 2, MAX_INLINE_BYTES // 2 + 1]
    payloads = [Message.of_row(build_slot_row(payload="é" * size)).payload for size in sizes]
    assert [payload is None for payload in payloads] == [False, True]


@pytest.mark.parametrize(
    ("seconds", "hidden"), [(-5, 0), (0, 0), (0.2, 1), (59.5, 60), (900, 900), (901, 900), (10**9, 900)]
)
def test_message_is_hidden_until_its_second(seconds: float, hidden: int) -> None:
    """SQS hides a message for whole seconds, rounded up, and at most 900."""
    message = Message.of_row(build_slot_row())
    assert message.compute_delay_seconds(NOW - seconds) == hidden


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", "null", '"text"', "[" * 100_000, '{"due":1' + "0" * 5000 + "}"]
)
def test_body_that_is_no_object_is_refused(body: str) -> None:
    """A body that is no JSON object raises UnreadableMessage."""
    with pytest.raises(UnreadableMessage):
        Message.parse(body)


@pytest.mark.parametrize(
    "change",
    [
        {"key": None},
        {"key": ""},
        {"key": 5},
        {"key": "k" * 961},
        {"key": "\ud800"},
        {"token": None},
        {"token": "\udc00"},
        {"due": "1"},
        {"due": True},
        {"due": -1},
        {"due": LATEST_DUE + 1},
        {"due": 1.5},
        {"delay": None},
        {"slot": "key#1"},
        {"payload": 5},
        {"payload": ""},
    ],
)
def test_message_with_a_wrong_member_is_refused(change: dict[str, Any]) -> None:
    """A message that no participant has sent raises UnreadableMessage, whatever is wrong with it."""
    members = json.loads(Message.of_row(build_slot_row()).format())
    with pytest.raises(UnreadableMessage):
        Message.parse(json.dumps({**members, **change}))
