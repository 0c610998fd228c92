"""A plan as a page: the question, the tables, the notes and the advice."""

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
from delay.planning.notes import list_notes
from delay.planning.plan import Plan
from delay.planning.trace import Trace
from delay.planning.unit import Unit, format_number
from delay.planning.workload import Repeat, Workload
from delay.text.count import format_count


def print_plan(console: Console, plan: Plan) -> None:
    """Print a plan. The advice comes last."""
    for line in _format_question(plan):
        console.print(line, style="bold")
    console.print()
    console.print(limits_table(plan.chosen, console))
    _print_list(console, to_do_lines(plan.chosen))
    _print_list(console, plan.chosen.remarks)
    console.print()
    console.print(cost_table(plan))
    console.print()
    console.print(offers_table(plan, console))
    _print_list(console, remark_lines(plan))
    console.print()
    _print_list(console, list_notes(plan), style="dim")
    console.print()
    console.print(advise(plan), style="bold")


def print_sources(console: Console, facts: Facts) -> None:
    """Print every quota and price, and the pages they were read on."""
    console.print(facts_table(facts))
    console.print()
    console.print("Read on these pages, in stored copies that may be older than the date:", style="bold")
    for line in source_lines(facts):
        console.print(line, soft_wrap=True)


def _print_list(console: Console, lines: Iterable[str], style: str = "none") -> None:
    for line in lines:
        console.print(f"- {line}", style=style)


def _format_question(plan: Plan) -> Iterator[str]:
    """Yield the question, as it was understood."""
    workload, shape = plan.workload, plan.workload.shape
    each = (
        f"each carries {Unit.BYTES.format_exact(shape.payload_bytes)}, its call takes "
        f"{Unit.SECONDS.format_exact(shape.call_seconds)}, in {plan.region}"
    )
    if workload.trace:
        yield _format_trace(workload.trace, shape.call_seconds)
    yield f"Tasks: {_format_arrivals(workload)}; {each}"


def _format_arrivals(workload: Workload) -> str:
    if workload.delays is None:
        return f"{format_number(workload.open_tasks)} wait"
    delay = Unit.SECONDS.format_exact(workload.delays.mean_seconds)
    return f"{_format_repetition(workload)}, mean delay {delay}"


def _format_repetition(workload: Workload) -> str:
    if workload.per_second is None:
        return f"{workload.tasks:,.0f}, once"
    if workload.trace and workload.repeat is Repeat.DAILY:
        return f"{workload.trace.tasks:,} each day"
    return f"{format_number(workload.per_second)} a second"


def _format_trace(trace: Trace, call_seconds: float) -> str:
    return (
        f"File: {format_count(trace.tasks, 'task')} in {Unit.SECONDS.format_exact(trace.span_seconds)}; "
        f"at most {trace.most_open(call_seconds):,} open at once, {trace.arrivals_within(1):,} arriving in "
        f"one second, {trace.due_within(1):,} due in one"
    )
