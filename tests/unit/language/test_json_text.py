"""JSON is parsed strictly and written so that it can be sent."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.language import InvalidJson, dump_json, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@settings(deadline=None)
@given(JSON)
def test_written_json_parses_to_the_same_value(value: object) -> None:
    """This holds for every JSON value."""
    assert parse_json(dump_json(value)) == value  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.text() | st.text(alphabet='[]{}",:0123456789.eE-\\u tfn'))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """InvalidJson is the only error."""
    try:
        parse_json(text)
    except InvalidJson:
        return


@pytest.mark.parametrize("text", ["", "{", "nul", "NaN", "Infinity", "-Infinity", "1e999", "[1,]", "{'a':1}"])
def test_text_other_than_json_is_refused(text: str) -> None:
    """This includes NaN and the infinities."""
    with pytest.raises(InvalidJson):
        parse_json(text)


def test_invalid_json_is_a_value_error_and_an_error_of_this_package() -> None:
    """Either `except` clause catches it."""
    assert issubclass(InvalidJson, ValueError)
    assert issubclass(InvalidJson, StepFunctionsLocalError)


def test_an_error_has_a_line_and_a_column() -> None:
    """They are those of the unexpected character."""
    with pytest.raises(InvalidJson, match="line 2, column 1"):
        parse_json('{"a": 1\n"b": 2}')


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
def test_json_nested_over_a_hundred_levels_is_refused(opening: str, depth: int) -> None:
    """No depth exhausts the stack."""
    closing = "]" if opening == "[" else "}"
    with pytest.raises(InvalidJson, match="nested more than 100 levels"):
        parse_json(opening * depth + "1" + closing * depth)


def test_a_hundred_levels_are_parsed() -> None:
    """The limit itself is allowed."""
    text = "[" * 100 + "]" * 100
    assert dump_json(parse_json(text)) == text


def test_adjacent_brackets_do_not_count_as_nesting() -> None:
    """Only depth counts."""
    assert parse_json("[" + ",".join(["[]"] * 500) + "]") == [[]] * 500


def test_numbers_with_thousands_of_digits_are_refused() -> None:
    """Python would refuse to write them."""
    with pytest.raises(InvalidJson, match="too many digits"):
        parse_json("9" * 5_000)


def test_json_is_written_compactly_and_unescaped() -> None:
    """It has no spaces, and no escapes of characters that UTF-8 can encode."""
    assert dump_json({"a": [1, "é😀"]}) == '{"a":[1,"é😀"]}'


def test_half_a_surrogate_pair_is_written_as_an_escape() -> None:
    """The text can then be encoded as UTF-8, and parses to the same value."""
    text = dump_json(parse_json(r'{"é\udc00": "\ud800"}'))
    assert text.encode() == r'{"é\udc00":"\ud800"}'.encode()
    assert parse_json(text) == json.loads(text)
