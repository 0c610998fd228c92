"""JSON is read strictly and written so that it can be sent."""

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
def test_what_is_written_reads_back_the_same(value: object) -> None:
    """Every JSON value survives being written and read."""
    assert parse_json(dump_json(value)) == value  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.text() | st.text(alphabet='[]{}",:0123456789.eE-\\u tfn'))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text is, the only error is InvalidJson."""
    try:
        parse_json(text)
    except InvalidJson:
        return


@pytest.mark.parametrize("text", ["", "{", "nul", "NaN", "Infinity", "-Infinity", "1e999", "[1,]", "{'a':1}"])
def test_what_is_not_json_is_refused(text: str) -> None:
    """NaN, infinities and everything else that JSON does not know are refused."""
    with pytest.raises(InvalidJson):
        parse_json(text)


def test_a_refusal_is_a_value_error_and_one_of_this_package() -> None:
    """Both kinds of `except` catch it."""
    assert issubclass(InvalidJson, ValueError)
    assert issubclass(InvalidJson, StepFunctionsLocalError)


def test_a_refusal_says_where() -> None:
    """The message has line and column."""
    with pytest.raises(InvalidJson, match="line 2, column 1"):
        parse_json('{"a": 1\n"b": 2}')


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
def test_json_is_nested_a_hundred_levels_at_most(opening: str, depth: int) -> None:
    """Deeper JSON is refused, however deep it is."""
    closing = "]" if opening == "[" else "}"
    with pytest.raises(InvalidJson, match="nested more than 100 levels"):
        parse_json(opening * depth + "1" + closing * depth)


def test_a_hundred_levels_are_read() -> None:
    """The limit itself is allowed."""
    text = "[" * 100 + "]" * 100
    assert dump_json(parse_json(text)) == text


def test_many_brackets_side_by_side_are_no_nesting() -> None:
    """Only depth counts."""
    assert parse_json("[" + ",".join(["[]"] * 500) + "]") == [[]] * 500


def test_numbers_with_thousands_of_digits_are_refused() -> None:
    """Python would refuse to write them."""
    with pytest.raises(InvalidJson, match="too many digits"):
        parse_json("9" * 5_000)


def test_json_is_written_compactly_and_with_its_characters() -> None:
    """No spaces, and no escapes for what UTF-8 can say."""
    assert dump_json({"a": [1, "é😀"]}) == '{"a":[1,"é😀"]}'


def test_half_a_surrogate_pair_is_written_as_an_escape() -> None:
    """JSON can hold what UTF-8 cannot: the text can be encoded all the same, and reads back."""
    text = dump_json(parse_json(r'{"é\udc00": "\ud800"}'))
    assert text.encode() == r'{"é\udc00":"\ud800"}'.encode()
    assert parse_json(text) == json.loads(text)
