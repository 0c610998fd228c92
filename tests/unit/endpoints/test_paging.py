"""Pages and paging tokens."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.endpoints.states.paging import Paging
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import InvalidToken
from tests.unit.engine.harness import NOW

PAGING = Paging(ManualClock(NOW))
QUERY = ["ListNumbers", "even"]


@given(st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_leads_back_to_where_it_was_made(start: int | str) -> None:
    """For any position."""
    assert PAGING.read_token(QUERY, PAGING.create_token(QUERY, start)) == start


def test_without_a_token_the_first_page_is_meant() -> None:
    """There is nothing to check."""
    assert PAGING.read_token(QUERY, None) is None


def test_a_token_of_another_question_is_refused() -> None:
    """It would lead to the wrong place."""
    with pytest.raises(InvalidToken):
        PAGING.read_token(["ListNumbers", "odd"], PAGING.create_token(QUERY, 1))


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever it is."""
    with pytest.raises(InvalidToken):
        PAGING.read_token(QUERY, text)


def test_a_token_serves_for_a_day() -> None:
    """As AWS says; after that it is like any other text."""
    clock = ManualClock(NOW)
    paging = Paging(clock)
    token = paging.create_token(QUERY, 1)
    clock.advance(timedelta(hours=24))
    assert paging.read_token(QUERY, token) == 1
    clock.advance(timedelta(milliseconds=1))
    with pytest.raises(InvalidToken):
        paging.read_token(QUERY, token)


@given(st.lists(st.integers(), unique=True), st.integers(1, 5))
def test_pages_give_each_item_once_and_in_order(numbers: list[int], size: int) -> None:
    """Whatever the size of a page; only the last has no token."""
    seen, token = [], None
    while True:
        request = {"maxResults": size} | ({"nextToken": token} if token else {})
        page = PAGING.cut_page(QUERY, request, sorted(numbers), int)
        seen += page.items
        token = page.next_token
        if not token:
            break
        assert len(page.items) == size
    assert seen == sorted(numbers)


def test_the_next_page_begins_after_an_item_that_is_gone() -> None:
    """The token says where the page ended, not what stood there."""
    first = PAGING.cut_page(QUERY, {"maxResults": 2}, [1, 2, 3, 4], int)
    second = PAGING.cut_page(QUERY, {"maxResults": 2, "nextToken": first.next_token}, [1, 3, 4], int)
    assert second.items == [3, 4]


def test_no_items_wanted_are_a_hundred() -> None:
    """A maxResults of 0 uses the default, as AWS says."""
    page = PAGING.cut_page(QUERY, {"maxResults": 0}, range(101), int)
    assert len(page.items) == 100
    assert page.next_token
