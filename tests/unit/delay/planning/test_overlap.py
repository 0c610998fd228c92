"""Counting over sorted times, against a slow way to do the same."""

from hypothesis import given
from hypothesis import strategies as st

from delay.planning.trace import deepest_draw, most_at_once

STRETCHES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40)


def swept(stretches: list[tuple[int, int]], lasting: int = 0) -> int:
    begins = sorted(begin for begin, _ in stretches)
    ends = sorted(begin + length for begin, length in stretches)
    return most_at_once(begins, ends, lasting)


def test_what_ends_when_another_begins_does_not_overlap_it() -> None:
    """A stretch does not contain its end."""
    assert swept([(0, 5), (5, 5)]) == 1
    assert swept([(0, 6), (5, 5)]) == 2


def test_nothing_overlaps_nothing() -> None:
    """An empty list is no error."""
    assert swept([]) == 0


@given(STRETCHES, st.integers(0, 5))
def test_the_sweep_finds_what_looking_at_every_moment_finds(
    stretches: list[tuple[int, int]], lasting: int
) -> None:
    """At whatever moment the most are there."""
    looked = max(
        (
            sum(begin <= moment < begin + length + lasting for begin, length in stretches)
            for moment in range(80)
        ),
        default=0,
    )
    assert swept(stretches, lasting) == looked


def test_a_bucket_is_drawn_by_what_comes_faster_than_it_is_refilled() -> None:
    """Ten at once draw ten; one a second from a bucket that gets one a second draws one."""
    assert deepest_draw([0] * 10, refill_per_second=1) == 10
    assert deepest_draw(range(0, 10_000, 1_000), refill_per_second=1) == 1
    assert deepest_draw(range(0, 10_000, 500), refill_per_second=1) == 10.5


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=60), st.integers(1, 50))
def test_a_bucket_of_that_size_throttles_nothing_and_a_smaller_one_does(
    moments: list[int], refill: int
) -> None:
    """As a bucket that holds tokens and loses one at each moment shows."""
    moments.sort()
    size = deepest_draw(moments, refill)
    assert not throttles(moments, size + 1e-6, refill)
    assert throttles(moments, size - 1e-3, refill)


def throttles(moments: list[int], size: float, refill: float) -> bool:
    tokens, last = size, moments[0]
    for moment in moments:
        tokens = min(size, tokens + (moment - last) * refill / 1000)
        if tokens < 1:
            return True
        tokens, last = tokens - 1, moment
    return False
