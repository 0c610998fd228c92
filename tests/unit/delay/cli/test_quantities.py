"""Numbers, rates, sizes and shares as a user types them."""

import click
import pytest

from delay.cli.parameters import Count, OwnQuota, Rate, Share, Size


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Count(), "10000", 10_000),
        (Count(), "10k", 10_000),
        (Count(), "1.5M", 1_500_000),
        (Rate(), "60/s", 60),
        (Rate(), "0.5/s", 0.5),
        (Rate(), "1000/min", 1000 / 60),
        (Rate(), "5000/h", 5000 / 3600),
        (Rate(), "2M/d", 2_000_000 / 86_400),
        (Rate(), "70k/week", 70_000 / 604_800),
        (Rate(), "5M/month", 5_000_000 / 2_592_000),
        (Size(), "300B", 300),
        (Size(), "2KiB", 2_048),
        (Size(), "1.5MiB", 1_572_864),
        (Share(), "30%", 0.3),
        (Share(), "0%", 0),
        (Share(18), "150%", 1.5),
        (OwnQuota(), "open-executions=5M", ("open-executions", 5_000_000)),
    ],
)
def test_quantity_is_parsed(kind: click.ParamType, text: str, value: object) -> None:
    """A parsed value stays as it is."""
    read = kind.convert(text, None, None)
    assert read == (pytest.approx(value) if isinstance(value, float) else value)
    assert kind.convert(read, None, None) == read


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (Count(), "0", "write 10000, 10k or 1.5M"),
        (Count(), "-5", "write 10000"),
        (Count(), "1.5", "write 10000"),
        (Count(), "10 000", "write 10000"),
        (Count(), "1e6", "write 10000"),
        (Count(), "٣", "write 10000"),
        (Rate(), "60", "write 60/s, 1000/min, 2M/d or 5M/month"),
        (Rate(), "60/year", "write 60/s"),
        (Rate(), "0/s", "write 60/s"),
        (Rate(), "/s", "write 60/s"),
        (Rate(), "60/s/s", "write 60/s"),
        (Size(), "2KB", "write 300B, 2KiB or 1MiB"),
        (Size(), "2", "write 300B"),
        (Size(), "-2KiB", "write 300B"),
        (Share(), "0.3", "write 30%, and 100% at most"),
        (Share(), "101%", "100% at most"),
        (Share(18), "1801%", "1800% at most"),
        (OwnQuota(), "open-executions", "write open-executions=5M"),
        (OwnQuota(), "=5M", "write open-executions=5M"),
        (OwnQuota(), "open-executions=0", "write open-executions=5M"),
    ],
)
def test_invalid_quantity_is_refused_with_a_valid_example(
    kind: click.ParamType, text: str, says: str
) -> None:
    """The message quotes the text."""
    with pytest.raises(click.BadParameter) as refused:
        kind.convert(text, None, None)
    assert f"'{text}'" in refused.value.message
    assert says in refused.value.message
