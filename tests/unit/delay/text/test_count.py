"""Numbers of things."""

import pytest

from delay.text.count import format_count


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 tasks"), (1, "1 task"), (2, "2 tasks"), (1_000_000, "1,000,000 tasks")]
)
def test_noun_is_in_the_plural_unless_there_is_one(number: int, text: str) -> None:
    """Thousands are separated."""
    assert format_count(number, "task") == text
