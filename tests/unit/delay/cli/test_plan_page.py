"""A plan as a page: it fits the terminal, whatever that can show."""

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

VOLUMES = [
    Volume(60, WEEK_SECONDS),
    Volume(pending=10_000),
    Volume(1e5, 364 * 24 * 3600, same_second=1e6),
    Volume(0.001, 1),
]


def made(volume: Volume) -> Plan:
    shape = Shape(cancelled=0.3, retries=0.01, lateness_seconds=10)
    return make_plan(volume.workload(shape), Facts.load("eu-central-1"))


def page(plan: Plan, width: int, encoding: str = "utf-8") -> str:
    return printed(lambda console: print_plan(console, plan), width, encoding)


def printed(print_page: Callable[[Console], None], width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_page(Console(file=stream, width=width, highlight=False, markup=False, emoji=False))
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("volume", VOLUMES)
@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_cut_off(volume: Volume, width: int) -> None:
    """Every limit has its row, with its name in full."""
    plan = made(volume)
    told = page(plan, width)
    assert max(map(len, told.splitlines())) <= width
    assert "…" not in told
    assert all(f"\n{limit.quota.name} " in told for limit in plan.chosen.limits)


@pytest.mark.parametrize("volume", VOLUMES)
def test_plan_is_usable_on_60_columns(volume: Volume) -> None:
    """Long names take two lines; numbers and words are whole."""
    plan = made(volume)
    told = page(plan, 60)
    assert max(map(len, told.splitlines())) <= 60
    assert "…" not in told
    words = set(told.split())
    for limit in plan.chosen.limits:
        assert set(limit.quota.name.split()) <= words
        assert f"  {limit.quota.unit.format_exact(limit.quota.value)}  " in told
    for offer in plan.offers:
        assert set(offer.service.split()) <= words


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("region", ["us-east-1", "eu-north-1"])
def test_sources_table_has_whole_words(region: str, width: int) -> None:
    """Each figure stands in its row, beside its value."""
    facts = Facts.load(region)
    told = printed(lambda console: print_sources(console, facts), width)
    table = told.partition("Read on these pages")[0]
    assert max(map(len, table.splitlines())) <= width
    assert "…" not in told
    rows = [row.split() for row in table.splitlines() if row and row[0] != " "]
    assert rows[0] == ["figure", "value", "checked", "source"]
    keys = [quota.key for quota in facts.quotas()] + [price.key for price in facts.prices()]
    assert [row[0] for row in rows[1:]] == keys
    values = [quota.unit.format_exact(quota.value) for quota in facts.quotas()]
    assert all(f" {value}  " in table for value in values)
    assert {word for quota in facts.quotas() for word in quota.source.title.split()} <= set(table.split())


@pytest.mark.parametrize("volume", VOLUMES)
def test_the_advice_comes_last(volume: Volume) -> None:
    """After everything that it follows from."""
    plan = made(volume)
    told = " ".join(page(plan, 120).split())
    assert told.endswith(advise(plan))


def test_bars_are_drawn_where_there_is_room() -> None:
    """A twelfth of a bar for each twelfth that is needed; all of it for whatever is more."""
    told = page(made(Volume(60, WEEK_SECONDS)), 120)
    assert "████████████  soft   beyond" in told
    assert "█" not in page(made(Volume(60, WEEK_SECONDS)), 80)


def test_a_terminal_without_unicode_gets_plain_bars() -> None:
    """And no error."""
    assert "############  soft   beyond" in page(made(Volume(60, WEEK_SECONDS)), 120, "ascii")
