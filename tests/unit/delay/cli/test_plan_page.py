"""A plan as a page fits the terminal and its character set."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from delay.cli.output.plan_page import print_plan, print_sources
from delay.planning.advice import advise
from delay.planning.facts import Facts
from delay.planning.plan import Plan, make_plan
from delay.planning.workload import Shape, Volume

WEEK_SECONDS = 7 * 24 * 3600

CROWD = Volume(1e5, 60)
"""More than a table takes before AWS raises its quota."""

VOLUMES = [
    Volume(60, WEEK_SECONDS),
    Volume(pending=10_000),
    Volume(1e5, 364 * 24 * 3600, same_second=1e6),
    Volume(0.001, 1),
]


def build_plan(volume: Volume) -> Plan:
    shape = Shape(cancelled=0.3, retries=0.01, lateness_seconds=10)
    return make_plan(volume.workload(shape), Facts.load("eu-central-1"))


def draw_plan(plan: Plan, width: int, encoding: str = "utf-8") -> str:
    return draw(lambda console: print_plan(console, plan), width, encoding)


def draw(print_page: Callable[[Console], None], width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_page(Console(file=stream, width=width, highlight=False, markup=False, emoji=False))
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("volume", VOLUMES)
@pytest.mark.parametrize("width", [80, 120])
def test_plan_fits_the_terminal_and_nothing_is_cut_off(volume: Volume, width: int) -> None:
    """Every limit has its row, with its full name."""
    plan = build_plan(volume)
    text = draw_plan(plan, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert all(f"\n{limit.quota.name} " in text for limit in plan.chosen.limits)


@pytest.mark.parametrize("volume", VOLUMES)
def test_plan_is_usable_on_60_columns(volume: Volume) -> None:
    """Long names take two lines; numbers and words are whole."""
    plan = build_plan(volume)
    text = draw_plan(plan, 60)
    assert max(map(len, text.splitlines())) <= 60
    assert "…" not in text
    words = set(text.split())
    for limit in plan.chosen.limits:
        assert set(limit.quota.name.split()) <= words
        assert f"  {limit.quota.unit.format_exact(limit.quota.value)}  " in text
    for offer in plan.offers:
        assert set(offer.service.split()) <= words


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("region", ["us-east-1", "eu-north-1"])
def test_sources_table_has_whole_words(region: str, width: int) -> None:
    """Each figure has a row with its value."""
    facts = Facts.load(region)
    text = draw(lambda console: print_sources(console, facts), width)
    table = text.partition("Read on these pages")[0]
    assert max(map(len, table.splitlines())) <= width
    assert "…" not in text
    rows = [row.split() for row in table.splitlines() if row and row[0] != " "]
    assert rows[0] == ["figure", "value", "checked", "source"]
    keys = [quota.key for quota in facts.quotas()] + [rule.key for rule in facts.billing_rules()]
    keys += [price.key for price in facts.prices()]
    assert [row[0] for row in rows[1:]] == keys
    values = [quota.unit.format_exact(quota.value) for quota in facts.quotas()]
    assert all(f" {value}  " in table for value in values)
    assert {word for quota in facts.quotas() for word in quota.source.title.split()} <= set(table.split())


@pytest.mark.parametrize("volume", VOLUMES)
def test_plan_ends_with_the_advice(volume: Volume) -> None:
    """It follows from everything above."""
    plan = build_plan(volume)
    text = " ".join(draw_plan(plan, 120).split())
    assert text.endswith(advise(plan))


def test_bars_are_drawn_if_there_is_room() -> None:
    """Each twelfth of the quota fills a twelfth of the bar. More than the quota fills all of it."""
    text = draw_plan(build_plan(CROWD), 120)
    assert "████████████  soft   raise" in text
    assert "█" not in draw_plan(build_plan(CROWD), 80)


def test_terminal_without_unicode_gets_plain_bars() -> None:
    """There is no encoding error."""
    assert "############  soft   raise" in draw_plan(build_plan(CROWD), 120, "ascii")
