"""Payloads: what can be sent, and what is refused before it is."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay import InvalidPayload
from delay._payload import MAX_DEPTH, MAX_INPUT_BYTES, Payload
from stepfunctions_local.language import parse_json

text = st.text(st.characters(codec="utf-8"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=8,
)
payloads = st.dictionaries(text.filter(lambda name: name != "expirydate"), json_values)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def lying_in_itself() -> dict[str, Any]:
    payload: dict[str, Any] = {"list": []}
    payload["list"] += [payload, payload]
    return payload


def doubling(levels: int) -> dict[str, Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value, value]
    return {"a": value}


class Color(IntEnum):
    """An integer, after all."""

    RED = 1


@settings(deadline=None)
@given(payload=payloads, delay=st.integers(0, 31_449_600))
def test_the_input_is_the_payload_and_the_delay(payload: dict[str, Any], delay: int) -> None:
    """As JSON that Step Functions reads: it comes back as it was."""
    read = parse_json(Payload(payload).build_input(delay))
    assert read == {"expirydate": delay} | payload


@settings(deadline=None)
@given(payload=payloads)
def test_a_payload_says_what_its_json_says(payload: dict[str, Any]) -> None:
    """It equals what is read back from Step Functions."""
    checked = Payload(payload)
    assert checked.equals(json.loads(checked.text))
    assert not checked.equals(payload | {"one more": 1})


@settings(deadline=None)
@given(value=st.recursive(st.floats() | st.integers() | st.binary() | st.text(), st.lists))
def test_anything_else_is_refused_in_plain_words(value: object) -> None:
    """Never with another error than this package's."""
    try:
        assert json.loads(Payload({"a": value}).text) == {"a": value}
    except InvalidPayload as error:
        assert str(error)  # noqa: PT017 - it may also be a good one


def test_the_delay_comes_first() -> None:
    """As in the project's first experiment."""
    assert Payload({"a": 1233333}).build_input(11) == '{"expirydate":11,"a":1233333}'
    assert Payload({}).build_input(0) == '{"expirydate":0}'


def test_text_stays_readable() -> None:
    """Characters outside of ASCII stand for themselves: they cost fewer bytes so."""
    assert Payload({"name": "Zoë"}).text == '{"name":"Zoë"}'


def test_the_order_of_members_makes_no_difference_but_the_kind_of_number_does() -> None:
    """1 and 1.0 are written differently, and arrive so."""
    assert Payload({"a": 1, "b": 2}).equals({"b": 2, "a": 1})
    assert not Payload({"a": 1}).equals({"a": 1.0})
    assert not Payload({"a": 1}).equals({"a": True})


@pytest.mark.parametrize("payload", [MappingProxyType({"a": 1}), {"a": (1, 2)}, {"a": Color.RED}])
def test_what_python_takes_for_json_is_taken(payload: Mapping[str, Any]) -> None:
    """Any mapping, tuples, and numbers with names."""
    assert json.loads(Payload(payload).text)["a"] in (1, [1, 2])


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ([1, 2], "got list"),
        (None, "got NoneType"),
        ('{"a": 1}', "got str"),
        ({"expirydate": 5}, "must not have a member 'expirydate'.*Rename it"),
        ({"a": [1, float("nan")]}, r"payload\['a'\]\[1\] is nan"),
        ({"a": float("-inf")}, r"payload\['a'\] is -inf"),
        ({"a": {1: 2}}, r"JSON members are strings, got 1 in payload\['a'\]"),
        ({"at": datetime(2026, 1, 1)}, r"payload\['at'\] is a datetime"),  # noqa: DTZ001 - refused all the same
        ({"a": {1, 2}}, "is a set"),
        ({"a": Decimal(1)}, "is a Decimal"),
        ({"a": b"bytes"}, "is a bytes"),
        ({"a": "\ud800"}, "half of a surrogate pair"),
        ({"a": 10**5000}, "cannot be encoded as JSON"),
        (nested(10_000), "nested more than 100 levels"),
        (lying_in_itself(), "nested more than 100 levels"),
        (doubling(60), "more values than fit into 262,144 bytes"),
        ({"a": [0] * MAX_INPUT_BYTES}, "more values than"),
    ],
)
def test_what_cannot_be_sent_is_refused(payload: Any, said: str) -> None:  # noqa: ANN401 - anything
    """With the place where it is."""
    with pytest.raises(InvalidPayload, match=said):
        Payload(payload)


def test_depth_is_allowed_up_to_the_limit() -> None:
    """A hundred levels, and the local endpoint reads them."""
    assert parse_json(Payload(nested(MAX_DEPTH)).build_input(0))
    with pytest.raises(InvalidPayload, match="levels"):
        Payload(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("character", ["x", "é", "€", "😀"])
def test_size_is_counted_in_bytes_with_the_longest_delay(character: str) -> None:
    """262,144 of them can be sent, whatever the delay; one more cannot."""
    overhead = len('{"expirydate":31449600,"a":""}')
    room = (MAX_INPUT_BYTES - overhead) // len(character.encode())
    assert len(Payload({"a": character * room}).build_input(31_449_600).encode()) <= MAX_INPUT_BYTES
    with pytest.raises(InvalidPayload, match="Store it elsewhere"):
        Payload({"a": character * (room + 1)})
