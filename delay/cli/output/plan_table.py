"""A plan as tables to look at."""

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from delay.planning.facts import Facts
from delay.planning.limit import Limit, Verdict
from delay.planning.offer import Offer
from delay.planning.plan import Plan
from delay.planning.quota import Checked
from delay.planning.unit import Unit, dollars, number

_BAR_CELLS = 12
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_WIDE = 100
"""Columns from which on there is room for bars."""

_LONG_NUMBER = 1e9
_MANY_TIMES = 10
"""Shares from here on are told as a multiple of the quota."""

_STYLES = {Verdict.FITS: "green", Verdict.RAISE: "yellow", Verdict.BEYOND: "red", Verdict.NEVER: "red"}
_CARRIES = {Verdict.FITS: "yes", Verdict.RAISE: "if raised", Verdict.BEYOND: "no", Verdict.NEVER: "no"}


def limits_table(offer: Offer, console: Console) -> Table:
    """Draw what is needed of each quota beside what is allowed."""
    table = _table()
    table.add_column(offer.service)
    for heading in ("needed", "allowed", "share"):
        table.add_column(heading, justify="right")
    has_bars = console.width >= _WIDE
    if has_bars:
        table.add_column("")
    table.add_column("quota")
    table.add_column("verdict")
    for limit in offer.limits:
        table.add_row(*_limit_cells(limit, has_bars=has_bars, is_plain=console.options.ascii_only))
    return table


def to_do_lines(offer: Offer) -> Iterator[str]:
    """Tell what to do about each quota that is too small."""
    for limit in offer.limits:
        if limit.to_do:
            yield f"{limit.quota.name}: {limit.to_do}"


def cost_table(plan: Plan) -> Table:
    """Draw what Step Functions costs, line by line."""
    table = _table()
    table.add_column("A month of 30 days" if plan.workload.is_monthly else "These tasks, once")
    table.add_column("transitions", justify="right")
    table.add_column("cost", justify="right")
    for line in plan.chosen.cost.lines:
        table.add_row(line.label, f"{line.number:,.0f}", dollars(line.usd))
    table.add_row("in all", "", dollars(plan.chosen.cost.usd), style="bold")
    return table


def offers_table(plan: Plan) -> Table:
    """Draw the services beside one another."""
    table = _table()
    table.add_column("")
    table.add_column("carries it")
    table.add_column("exact to", justify="right")
    table.add_column("longest delay", justify="right")
    table.add_column("a month" if plan.workload.is_monthly else "once", justify="right")
    for offer in plan.offers:
        table.add_row(*_offer_cells(offer, plan))
    return table


def remark_lines(plan: Plan) -> Iterator[str]:
    """Tell why another service does not carry the workload, or what it takes."""
    for offer in plan.others:
        yield " ".join([f"{offer.service}:", *_shortfalls(offer), *offer.remarks])


def facts_table(facts: Facts) -> Table:
    """Draw every figure with its source."""
    table = _table()
    for heading in ("figure", "value", "checked", "source"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for quota in facts.quotas():
        table.add_row(
            quota.key, quota.unit.exact(quota.value), quota.source.checked.words, quota.source.title
        )
    for price in facts.prices():
        checked = "not for this Region" if price.is_assumed else price.source.checked.words
        per = f" for {price.per:,.0f}" if price.per > 1 else ""
        table.add_row(price.key, f"{dollars(price.usd)}{per}", checked, price.source.title)
    return table


def source_lines(facts: Facts) -> list[str]:
    """Give the page behind each source, with the day on which it was read."""
    sources = [quota.source for quota in facts.quotas()] + [price.source for price in facts.prices()]
    return sorted({f"{source.title}, {source.read}: {source.url}" for source in sources})


def _table() -> Table:
    return Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))


def _limit_cells(limit: Limit, *, has_bars: bool, is_plain: bool) -> list[str | Text]:
    unit, style = limit.quota.unit, _STYLES[limit.verdict]
    bar = [Text(_bar(limit.share, is_plain=is_plain), style)] if has_bars else []
    return [
        limit.quota.name,
        unit.exact(limit.needed) if limit.needed < _LONG_NUMBER else unit.rounded(limit.needed),
        unit.exact(limit.quota.value),
        f"{number(limit.share * 100)} %" if limit.share < _MANY_TIMES else f"{number(limit.share)} x",
        *bar,
        _kind(limit),
        Text(limit.verdict.label, style),
    ]


def _kind(limit: Limit) -> str:
    if limit.quota.source.checked is Checked.OWN:
        return "yours"
    return "hard" if limit.quota.hard else "soft"


def _bar(share: float, *, is_plain: bool) -> str:
    if is_plain:
        return "#" * math.ceil(min(share, 1) * _BAR_CELLS)
    full, eighths = divmod(math.ceil(min(share, 1) * _BAR_CELLS * len(_EIGHTHS)), len(_EIGHTHS))
    return "█" * full + _EIGHTHS[eighths]


def _offer_cells(offer: Offer, plan: Plan) -> list[str | Text]:
    longest = offer.longest_delay_seconds
    return [
        offer.service,
        _carries(offer, plan),
        Unit.SECONDS.exact(offer.precision.seconds),
        "any" if longest is None else Unit.SECONDS.exact(longest),
        dollars(offer.cost.usd) if offer.verdict < Verdict.NEVER else "-",
    ]


def _carries(offer: Offer, plan: Plan) -> Text:
    longest, promised = offer.longest_delay_seconds, plan.chosen.longest_delay_seconds
    if plan.workload.flow is None and longest and promised and longest < promised:
        return Text(f"to {Unit.SECONDS.exact(longest)}")
    return Text(_CARRIES[offer.verdict], _STYLES[offer.verdict])


def _shortfalls(offer: Offer) -> Iterator[str]:
    for limit in offer.limits:
        if limit.verdict is not Verdict.FITS:
            unit = limit.quota.unit
            needed, allowed = unit.exact(limit.needed), unit.exact(limit.quota.value)
            yield f"{limit.quota.name} {needed}, allowed {allowed}. {limit.to_do}"
