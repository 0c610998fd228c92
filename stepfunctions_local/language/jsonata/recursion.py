"""Raises Python's recursion limit while the library parses or evaluates."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

RECURSION_LIMIT: Final = 5_000
"""Enough for evaluations that are nested as deep as the budget allows."""


@contextmanager
def allow_deeper_recursion() -> Iterator[None]:
    """Raise the recursion limit inside the `with` block, and restore it afterwards."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
