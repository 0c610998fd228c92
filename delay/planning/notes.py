"""The notes below a plan: facts that its figures do not show."""

from collections.abc import Iterator
from typing import Final

from delay.planning.plan import Plan
from delay.planning.quota import Checked
from delay.planning.trace import Trace
from delay.planning.unit import Unit, format_dollars, format_number
from delay.planning.workload import Repeat

_DOUBTS = {
    Checked.NO: "Not verified on any page of AWS",
    Checked.SECOND_HAND: "Quoted from AWS by others, not read on its own page",
}


def list_notes(plan: Plan) -> list[str]:
    """Return the sentences to print below the tables."""
    return [*_describe_workload(plan), *_describe_figures(plan)]


def _describe_workload(plan: Plan) -> Iterator[str]:
    workload = plan.workload
    if workload.trace and workload.is_repeat_guessed:
        yield _describe_guess(workload.trace, workload.repeat)
    if workload.delays and plan.most_per_second is not None:
        delay = Unit.SECONDS.format_exact(workload.delays.mean_seconds)
        rate = format_number(plan.most_per_second)
        yield (
            f"With a mean delay of {delay}, an account carries {rate} tasks a second without end "
            "as executions."
        )
    if plan.start_seconds and _comes_at_once(plan):
        yield (
            "Started as fast as StartExecution may be called, all of them wait after "
            f"{Unit.SECONDS.format_exact(round(plan.start_seconds))}."
        )
    if workload.repeat is Repeat.STEADY and workload.trace and workload.trace.is_shorter_than_its_delays:
        yield _describe_short_trace(workload.trace, workload.open_tasks)
    if workload.shape.cancelled and not plan.is_table:
        yield "Cancelled tasks count as open until they are due: when they are cancelled is unknown."


def _comes_at_once(plan: Plan) -> bool:
    """Whether the tasks are executions that are started together."""
    workload = plan.workload
    return not plan.is_table and (workload.repeat is Repeat.DAILY or not workload.is_monthly)


_GUESSES: Final = {
    Repeat.ONCE: "is taken for one batch, which comes once. If one comes each day, say --repeat daily; if it "
    "is a sample of traffic that goes on like that, --repeat steady.",
    Repeat.STEADY: "is taken for a sample of traffic that goes on like that. If it is one batch, say "
    "--repeat once; if one comes each day, --repeat daily.",
}


def _describe_guess(trace: Trace, repeat: Repeat) -> str:
    return f"The file spans {Unit.SECONDS.format_exact(trace.span_seconds)} and {_GUESSES[repeat]}"


def _describe_short_trace(trace: Trace, open_tasks: float) -> str:
    return (
        f"The file spans {Unit.SECONDS.format_exact(trace.span_seconds)} and has delays of up to "
        f"{Unit.SECONDS.format_exact(trace.longest_delay_seconds)}: production had tasks waiting when it "
        f"began, so that {Unit.COUNT.format_exact(open_tasks)} open executions may be too few. A file that "
        "spans more than the longest delay gives the exact number."
    )


def _describe_figures(plan: Plan) -> Iterator[str]:
    yield (
        "Free units are counted as free for these tasks alone. Your function's own time, logs and traces "
        "are extra with each service."
    )
    yield (
        "Only a bill can show whether Step Functions bills the start of an execution as a transition: "
        f"at most {format_dollars(_compute_start_usd(plan))} more."
    )
    yield "How long the table store's functions run, and how full its batches are, is estimated."
    yield "A new account has lower quotas of state transitions and Lambda calls, which AWS raises with use."
    assumed = [price.key for price in plan.prices if price.is_assumed]
    if assumed:
        names = ", ".join(assumed)
        yield f"Prices of us-east-1, because those of {plan.region} could not be verified: {names}."
    for checked, words in _DOUBTS.items():
        if names := ", ".join(plan.figures(checked)):
            yield f"{words}: {names}."


def _compute_start_usd(plan: Plan) -> float:
    transition = plan.executions.cost.lines[0].price
    return transition.usd_for(plan.workload.tasks)
