"""The tests that pytest collected, before it deselected any."""

import pytest

COLLECTED = pytest.StashKey[dict[str, bool]]()
"""Whether each collected test is slow, by its id."""


def is_slow(item: pytest.Item) -> bool:
    """Whether only `make test-all` runs a test."""
    return item.get_closest_marker("slow") is not None
