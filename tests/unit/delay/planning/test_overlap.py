"""The sweep over sorted times agrees with slow counts."""

from hypothesis import given
from hypothesis import strategies as st

from delay.planning.trace import deepest_draw, most_at_once

STRETCHES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40)


def sweep(stretches: list[tuple[int, int]], lasting: int = 0) -> int:
    begins = sorted(begin for begin, _ in stretches)
    ends = sorted(begin + length for begin, length in stretches)
    return most_at_once(begins, ends, lasting)


def test_adjacent_stretches_do_not_overlap() -> None:
    """A stretch does not contain its end."""
    assert sweep([(0, 5), (5, 5)]) == 1
    assert sweep([(0, 6), (5, 5)]) == 2


def test_empty_list_has_no_overlap() -> None:
    """It is no error."""
    assert sweep([]) == 0


@given(STRETCHES, st.integers(0, 5))
def test_sweep_agrees_with_a_count_at_every_moment(stretches: list[tuple[int, int]], lasting: int) -> None:
    """The peak may be at any moment."""
    counted = max(
        (
            sum(begin <= moment < begin + length + lasting for begin, length in stretches)
            for moment in range(80)
        ),
        default=0,
    )
    assert sweep(stretches, lasting) == counted


def test_bucket_is_drawn_by_arrivals_faster_than_its_refill() -> None:
    """Ten at once draw ten. One a second, at a refill of one a second, draws one."""
    assert deepest_draw([0] * 10, refill_per_second=1) == 10
    assert deepest_draw(range(0, 10_000, 1_000), refill_per_second=1) == 1
    assert deepest_draw(range(0, 10_000, 500), refill_per_second=1) == 10.5


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=60), st.integers(1, 50))
def test_deepest_draw_is_the_smallest_bucket_without_throttling(moments: list[int], refill: int) -> None:
    """A simulated bucket loses a token at each moment."""
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
