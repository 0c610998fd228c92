"""A plan as a page to read: what was asked, the tables, what to know besides, and the advice."""

from collections.abc import Iterable, Iterator

from rich.console import Console

from delay.cli.output.plan_table import (
    cost_table,
    facts_table,
    limits_table,
    offers_table,
    remark_lines,
    source_lines,
    to_do_lines,
)
from delay.planning.advice import advise
from delay.planning.facts import Facts
from delay.planning.notes import notes
from delay.planning.plan import Plan
from delay.planning.trace import Trace
from delay.planning.unit import Unit, number


def print_plan(console: Console, plan: Plan) -> None:
    """Write a plan. The advice comes last."""
    for line in _heading(plan):
        console.print(line, style="bold")
    console.print()
    console.print(limits_table(plan.chosen, console))
    _print_list(console, to_do_lines(plan.chosen))
    console.print()
    console.print(cost_table(plan))
    console.print()
    console.print(offers_table(plan, console))
    _print_list(console, remark_lines(plan))
    console.print()
    _print_list(console, notes(plan), style="dim")
    console.print()
    console.print(advise(plan), style="bold")


def print_sources(console: Console, facts: Facts) -> None:
    """Write down every figure, and the pages behind them."""
    console.print(facts_table(facts))
    console.print()
    console.print("Read on these pages, in stored copies that may be older than the day:", style="bold")
    for line in source_lines(facts):
        console.print(line, soft_wrap=True)


def _print_list(console: Console, lines: Iterable[str], style: str = "none") -> None:
    for line in lines:
        console.print(f"- {line}", style=style)


def _heading(plan: Plan) -> Iterator[str]:
    """Say what was asked, as it was understood."""
    workload, shape = plan.workload, plan.workload.shape
    each = (
        f"each carries {Unit.BYTES.exact(shape.payload_bytes)}, its call takes "
        f"{Unit.SECONDS.exact(shape.call_seconds)}, in {plan.region}"
    )
    if isinstance(workload.bursts, Trace):
        yield _seen(workload.bursts, shape.call_seconds)
    if workload.flow is None:
        yield f"Tasks: {number(workload.open_tasks)} wait; {each}"
    else:
        delay = Unit.SECONDS.exact(workload.flow.mean_delay_seconds)
        yield f"Tasks: {number(workload.flow.per_second)} a second, mean delay {delay}; {each}"


def _seen(trace: Trace, call_seconds: float) -> str:
    return (
        f"File: {trace.tasks:,} tasks in {Unit.SECONDS.exact(trace.span_seconds)}; "
        f"{trace.most_open(call_seconds):,} were open at once, {trace.arrivals_within(1):,} arrived in one "
        f"second, {trace.due_within(1):,} were due in one"
    )
