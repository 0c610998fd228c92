"""JSON objects, parsed without silent loss or change."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.text.json_object import parse_object

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_written_object_is_parsed_unchanged(value: dict[str, object]) -> None:
    """It may hold any values."""
    assert parse_object(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: Expecting value at column 1"),
        ('{"a": 1', "not JSON: Expecting ',' delimiter at column 8"),
        ('{\n"a" 1}', "not JSON: Expecting ':' delimiter at line 2, column 5"),
        ("{'a': 1}", "not JSON: Expecting property name enclosed in double quotes"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "1e999 is too large a number"),
        ('{"a": ' + "9" * 5000 + "}", "99999999999999999999... has more than 4000 digits"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', '"c" occurs twice in one object'),
        ("[" * 10_000, "nested too deeply"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested too deeply"),
        ("[1]", "an array, not a JSON object"),
        ('"text"', "a string, not a JSON object"),
        ("11", "a number, not a JSON object"),
        ("true", "true or false, not a JSON object"),
        ("null", "null, not a JSON object"),
    ],
)
def test_text_that_is_no_object_is_refused_with_the_reason(text: str, message: str) -> None:
    """The error has the place, if there is one."""
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_object(text)
