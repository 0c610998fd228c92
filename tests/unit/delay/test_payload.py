"""Payloads: what can be sent, and what is refused before a call."""

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


def nested_object(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def cyclic_payload() -> dict[str, Any]:
    payload: dict[str, Any] = {"list": []}
    payload["list"] += [payload, payload]
    return payload


def doubling_lists(levels: int) -> dict[str, Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value, value]
    return {"a": value}


class Color(IntEnum):
    """An enumeration whose members are integers."""

    RED = 1


@settings(deadline=None)
@given(payload=payloads, delay=st.integers(0, 31_449_600))
def test_input_is_the_payload_and_the_delay(payload: dict[str, Any], delay: int) -> None:
    """Step Functions parses it to the same JSON."""
    parsed = parse_json(Payload(payload).build_input(delay))
    assert parsed == {"expirydate": delay} | payload


@settings(deadline=None)
@given(payload=payloads)
def test_payload_equals_its_json(payload: dict[str, Any]) -> None:
    """Step Functions returns that JSON."""
    checked = Payload(payload)
    assert checked.equals(json.loads(checked.text))
    assert not checked.equals(payload | {"one more": 1})


@settings(deadline=None)
@given(value=st.recursive(st.floats() | st.integers() | st.binary() | st.text(), st.lists))
def test_other_values_raise_only_invalid_payload(value: object) -> None:
    """No other error escapes."""
    try:
        assert json.loads(Payload({"a": value}).text) == {"a": value}
    except InvalidPayload as error:
        assert str(error)  # noqa: PT017 - a valid value raises nothing


def test_delay_comes_first() -> None:
    """The project's first experiment wrote it so."""
    assert Payload({"a": 1233333}).build_input(11) == '{"expirydate":11,"a":1233333}'
    assert Payload({}).build_input(0) == '{"expirydate":0}'


def test_text_outside_ascii_is_not_escaped() -> None:
    """Unescaped characters take fewer bytes."""
    assert Payload({"name": "Zoë"}).text == '{"name":"Zoë"}'


def test_comparison_ignores_order_but_not_the_type_of_a_number() -> None:
    """1 and 1.0 are written differently, and arrive differently."""
    assert Payload({"a": 1, "b": 2}).equals({"b": 2, "a": 1})
    assert not Payload({"a": 1}).equals({"a": 1.0})
    assert not Payload({"a": 1}).equals({"a": True})


@pytest.mark.parametrize("payload", [MappingProxyType({"a": 1}), {"a": (1, 2)}, {"a": Color.RED}])
def test_python_equivalents_of_json_are_accepted(payload: Mapping[str, Any]) -> None:
    """They are any mapping, tuples, and integers of an enumeration."""
    assert json.loads(Payload(payload).text)["a"] in (1, [1, 2])


@pytest.mark.parametrize(
    ("payload", "message"),
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
        (nested_object(10_000), "nested more than 100 levels"),
        (cyclic_payload(), "nested more than 100 levels"),
        (doubling_lists(60), "more values than fit into 262,144 bytes"),
        ({"a": [0] * MAX_INPUT_BYTES}, "more values than"),
    ],
)
def test_invalid_payload_is_refused(payload: Any, message: str) -> None:
    """The message has the place of the fault."""
    with pytest.raises(InvalidPayload, match=message):
        Payload(payload)


def test_depth_is_allowed_up_to_the_limit() -> None:
    """The limit is 100 levels, and the local endpoint parses them."""
    assert parse_json(Payload(nested_object(MAX_DEPTH)).build_input(0))
    with pytest.raises(InvalidPayload, match="levels"):
        Payload(nested_object(MAX_DEPTH + 1))


@pytest.mark.parametrize("character", ["x", "é", "€", "😀"])
def test_size_is_counted_in_bytes_with_the_longest_delay(character: str) -> None:
    """262,144 bytes can be sent with any delay, and one more cannot."""
    overhead = len('{"expirydate":31449600,"a":""}')
    room = (MAX_INPUT_BYTES - overhead) // len(character.encode())
    assert len(Payload({"a": character * room}).build_input(31_449_600).encode()) <= MAX_INPUT_BYTES
    with pytest.raises(InvalidPayload, match="Store it elsewhere"):
        Payload({"a": character * (room + 1)})
