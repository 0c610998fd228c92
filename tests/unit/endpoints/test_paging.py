"""Paging tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.endpoints.paging import Paging
from stepfunctions_local.engine.errors import InvalidToken

PAGING = Paging()


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_token_leads_back_to_where_it_was_made(start: int) -> None:
    """For any position."""
    assert PAGING.start("q", PAGING.token("q", start)) == start


def test_without_a_token_the_first_page_is_meant() -> None:
    """There is nothing to check."""
    assert PAGING.start("q", None) is None


def test_a_token_of_another_question_is_refused() -> None:
    """It would lead to the wrong place."""
    with pytest.raises(InvalidToken):
        PAGING.start("other", PAGING.token("q", 1))


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever it is."""
    with pytest.raises(InvalidToken):
        PAGING.start("q", text)
