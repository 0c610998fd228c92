"""How deep the library may call itself: deeper than Python lets it by default, and no deeper afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

RECURSION_LIMIT: Final = 5_000
"""Enough for evaluations that nest as deep as the budget lets them."""


@contextmanager
def allow_deeper_recursion() -> Iterator[None]:
    """Allow for more frames while something is read or evaluated."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
