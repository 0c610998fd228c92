"""A plan as tables, and the sentences below them."""

import math
from collections.abc import Iterator
from itertools import chain

from rich.console import Console
from rich.table import Table
from rich.text import Text

from delay.cli.output.table import NARROW, add_whole, new_table
from delay.planning.facts import Facts
from delay.planning.limit import Limit, Verdict
from delay.planning.offer import Offer
from delay.planning.plan import Plan
from delay.planning.quota import Checked, Price
from delay.planning.unit import Unit, format_dollars, format_number

_BAR_CELLS = 12
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_WIDE = 100
"""The columns from which on there is room for bars."""

_LONG_NUMBER = 1e9
_MANY_TIMES = 10
"""The share from which on it is written as a multiple of the quota."""

_STYLES = {Verdict.FITS: "green", Verdict.RAISE: "yellow", Verdict.BEYOND: "red", Verdict.NEVER: "red"}
_CARRIES = {Verdict.FITS: "yes", Verdict.RAISE: "if raised", Verdict.BEYOND: "no", Verdict.NEVER: "no"}


def limits_table(offer: Offer, console: Console) -> Table:
    """Build a table of the quotas: needed, allowed, and the verdict.

    A wide terminal also shows each share as a bar; a narrow one shows no share.
    """
    table = new_table()
    table.add_column(offer.service)
    add_whole(table, "needed", "allowed", is_number=True)
    if console.width >= NARROW:
        add_whole(table, "share", is_number=True)
    if console.width >= _WIDE:
        add_whole(table, "")
    add_whole(table, "quota", "verdict")
    for limit in offer.limits:
        table.add_row(*_format_limit(limit, console))
    return table


def to_do_lines(offer: Offer) -> Iterator[str]:
    """Yield a line for each quota that is too small, with the remedy."""
    for limit in offer.limits:
        if limit.to_do:
            yield f"{limit.quota.name}: {limit.to_do}"


def cost_table(plan: Plan) -> Table:
    """Build a table of the cost of the store to take, line by line."""
    table = new_table()
    table.add_column("A month of 30 days" if plan.workload.is_monthly else "These tasks, once")
    add_whole(table, plan.chosen.counted, "cost", is_number=True)
    for line in plan.chosen.cost.lines:
        table.add_row(line.label, format_number(line.number), format_dollars(line.usd))
    table.add_row("in all", "", format_dollars(plan.chosen.cost.usd), style="bold")
    return table


def offers_table(plan: Plan, console: Console) -> Table:
    """Build a table that compares the services."""
    table = new_table()
    table.add_column("")
    add_whole(table, "carries it")
    add_whole(table, "exact to", is_number=True)
    add_whole(table, "longest delay" if console.width >= NARROW else "longest\ndelay", is_number=True)
    add_whole(table, "a month" if plan.workload.is_monthly else "once", is_number=True)
    for offer in plan.offers:
        table.add_row(*_format_offer(offer, plan))
    return table


def remark_lines(plan: Plan) -> Iterator[str]:
    """Yield a line for each other service: why it does not carry the workload, and what it requires."""
    for offer in plan.others:
        yield " ".join([f"{offer.service}:", *_list_shortfalls(offer), *offer.remarks])


def facts_table(facts: Facts) -> Table:
    """Build a table of every quota and price with its source."""
    table = new_table()
    add_whole(table, "figure")
    table.add_column("value", justify="right")
    table.add_column("checked")
    table.add_column("source")
    for quota in facts.quotas():
        source = quota.source
        table.add_row(quota.key, quota.unit.format_exact(quota.value), source.checked.words, source.title)
    for rule in facts.billing_rules():
        source = rule.source
        table.add_row(rule.key, rule.unit.format_exact(rule.value), source.checked.words, source.title)
    for price in facts.prices():
        table.add_row(*_format_price(price))
    return table


def source_lines(facts: Facts) -> list[str]:
    """Return a line for each source: its page, and the day on which it was read."""
    sources = chain(
        (quota.source for quota in facts.quotas()),
        (rule.source for rule in facts.billing_rules()),
        (price.source for price in facts.prices()),
    )
    return sorted({f"{source.title}, {source.read}: {source.url}" for source in sources})


def _format_limit(limit: Limit, console: Console) -> Iterator[str | Text]:
    unit, style = limit.quota.unit, _STYLES[limit.verdict]
    yield limit.quota.name
    yield (
        unit.format_exact(limit.needed) if limit.needed < _LONG_NUMBER else unit.format_rounded(limit.needed)
    )
    yield unit.format_exact(limit.quota.value)
    if console.width >= NARROW:
        yield (
            f"{format_number(limit.share * 100)} %"
            if limit.share < _MANY_TIMES
            else f"{format_number(limit.share)} x"
        )
    if console.width >= _WIDE:
        yield Text(_draw_bar(limit.share, is_plain=console.options.ascii_only), style)
    yield _name_kind(limit)
    yield Text(limit.verdict.label, style)


def _name_kind(limit: Limit) -> str:
    if limit.quota.source.checked is Checked.OWN:
        return "yours"
    return "hard" if limit.quota.hard else "soft"


def _draw_bar(share: float, *, is_plain: bool) -> str:
    if is_plain:
        return "#" * math.ceil(min(share, 1) * _BAR_CELLS)
    full, eighths = divmod(math.ceil(min(share, 1) * _BAR_CELLS * len(_EIGHTHS)), len(_EIGHTHS))
    return "█" * full + _EIGHTHS[eighths]


def _format_offer(offer: Offer, plan: Plan) -> list[str | Text]:
    longest = offer.longest_delay_seconds
    return [
        offer.service,
        _format_verdict(offer, plan),
        Unit.SECONDS.format_exact(offer.precision.seconds),
        "any" if longest is None else Unit.SECONDS.format_exact(longest),
        format_dollars(offer.cost.usd) if offer.verdict < Verdict.NEVER else "-",
    ]


def _format_verdict(offer: Offer, plan: Plan) -> Text:
    longest, promised = offer.longest_delay_seconds, plan.executions.longest_delay_seconds
    if plan.workload.delays is None and longest and promised and longest < promised:
        return Text(f"to {Unit.SECONDS.format_exact(longest)}")
    return Text(_CARRIES[offer.verdict], _STYLES[offer.verdict])


def _list_shortfalls(offer: Offer) -> Iterator[str]:
    for limit in offer.limits:
        if limit.verdict is not Verdict.FITS:
            unit = limit.quota.unit
            needed, allowed = unit.format_exact(limit.needed), unit.format_exact(limit.quota.value)
            yield f"{limit.quota.name} {needed}, allowed {allowed}. {limit.to_do}"


def _format_price(price: Price) -> list[str]:
    per = f" for {price.per:,.0f}" if price.per > 1 else ""
    checked = "not for this Region" if price.is_assumed else price.source.checked.words
    return [price.key, f"{format_dollars(price.usd)}{per}", checked, price.source.title]
