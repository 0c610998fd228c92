"""Numbers as text, with their units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.unit import Unit, format_dollars, format_number, round_up


@pytest.mark.parametrize(
    ("unit", "value", "exact", "rounded"),
    [
        (Unit.COUNT, 36_288_000, "36,288,000", "36.3 million"),
        (Unit.COUNT, 10_000, "10,000", "10,000"),
        (Unit.COUNT, 2_500_000_000, "2,500,000,000", "2.5 billion"),
        (Unit.COUNT, 0.0706, "0.0706", "0.0706"),
        (Unit.COUNT, 0.00000012, "0", "0"),
        (Unit.PER_SECOND, 11.574, "11.6/s", "11.6/s"),
        (Unit.PER_SECOND, 5_000, "5,000/s", "5,000/s"),
        (Unit.BYTES, 300, "300 B", "300 B"),
        (Unit.BYTES, 262_144, "256 KiB", "256 KiB"),
        (Unit.BYTES, 1_572_864, "1.5 MiB", "1.5 MiB"),
        (Unit.BYTES, 0, "0 B", "0 B"),
        (Unit.SECONDS, 604_800, "7 d", "7 d"),
        (Unit.SECONDS, 5_400, "1 h 30 min", "1 h 30 min"),
        (Unit.SECONDS, 90_061, "1 d 1 h", "1 d 1 h"),
        (Unit.SECONDS, 0.1, "0.1 s", "0.1 s"),
        (Unit.SECONDS, 0, "0 s", "0 s"),
    ],
)
def test_value_is_formatted_with_its_unit(unit: Unit, value: float, exact: str, rounded: str) -> None:
    """The exact form is for tables, the rounded one for sentences."""
    assert (unit.format_exact(value), unit.format_rounded(value)) == (exact, rounded)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (3.333, "3.33"), (99.96, "100"), (123.4, "123"), (1e6, "1,000,000")]
)
def test_number_has_three_significant_digits_or_all_of_them(value: float, text: str) -> None:
    """The fraction of a large number is left out."""
    assert format_number(value) == text


@given(st.floats(min_value=1e-6, max_value=1e15))
def test_rounded_request_is_enough_and_a_tenth_more_at_most(value: float) -> None:
    """It is rounded up to two digits."""
    assert value * (1 - 1e-9) <= round_up(value) <= value * 1.1 * (1 + 1e-9)


@given(st.floats(min_value=0, max_value=1e15), st.sampled_from(list(Unit)))
def test_any_value_can_be_formatted(value: float, unit: Unit) -> None:
    """The text has no exponent."""
    assert "e" not in unit.format_exact(value).replace(" ", "")
    assert unit.format_rounded(value)


def test_negative_amount_has_its_sign_before_the_currency() -> None:
    """Bills use this form."""
    assert (format_dollars(-0.1), format_dollars(7775.9)) == ("-$0.10", "$7,775.90")
