"""Untrusted text is escaped: a terminal acts on none of it, and JSON stays the same value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.text.plain import plain, plain_lines
from tests.unit.delay.cli.hostile import FORBIDDEN, HOSTILE, TEXT


@given(TEXT)
def test_plain_text_is_one_line_of_glyphs(text: str) -> None:
    """All controls are escaped, and so is every character without a glyph."""
    assert plain(text).isprintable()
    assert not FORBIDDEN.search(plain(text))


@given(TEXT)
def test_plain_lines_keep_lines_and_tabs(text: str) -> None:
    """Everything else that a terminal acts on is escaped."""
    assert not FORBIDDEN.search(plain_lines(text).replace("\n", "").replace("\t", ""))
    assert plain_lines(text).count("\n") == text.count("\n")


@given(st.dictionaries(TEXT, TEXT))
def test_escaped_json_parses_to_the_same_value(value: dict[str, str]) -> None:
    """The escape sequences are those of JSON."""
    text = json.dumps(value, ensure_ascii=False)
    same = json.loads(json.dumps(value))  # two halves of a surrogate pair become one character
    assert json.loads(plain(text)) == json.loads(plain_lines(text)) == same


@pytest.mark.parametrize("text", ["", "order-42", "größer → 注文 🎉", "a\\b"])
def test_readable_text_stays_as_it_is(text: str) -> None:
    """In any script."""
    assert plain(text) == plain_lines(text) == text


def test_controls_of_all_kinds_are_escaped() -> None:
    """C0, DEL, C1, bidirectional controls, line separators and lone surrogates."""
    assert plain(HOSTILE) == (
        "\\u0000\\u001b[2J\\r\\n\\t\\u007f\\u0085\\u009b31m\\u061c\\u200e\\u200f\\u2028\\u2029"
        "\\u202a\\u202e\\u2066\\u2069\\ud800"
    )
