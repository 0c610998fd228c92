"""What has to be known beside the figures of a plan."""

from collections.abc import Iterator

from delay.planning.plan import Plan
from delay.planning.quota import Checked
from delay.planning.trace import Trace
from delay.planning.unit import Unit, dollars, number

_DOUBTS = {
    Checked.NO: "Not verified on any page of AWS",
    Checked.SECOND_HAND: "Quoted from AWS by others, not read on its own page",
}


def notes(plan: Plan) -> list[str]:
    """Give the sentences that belong under the tables."""
    return [*_of_the_workload(plan), *_of_the_figures(plan)]


def _of_the_workload(plan: Plan) -> Iterator[str]:
    workload = plan.workload
    if workload.flow and plan.most_per_second is not None:
        delay = Unit.SECONDS.exact(workload.flow.mean_delay_seconds)
        rate = number(plan.most_per_second)
        yield f"With a mean delay of {delay}, an account carries {rate} tasks a second without end."
    elif plan.start_seconds:
        yield (
            "Started as fast as StartExecution may be called, all of them wait after "
            f"{Unit.SECONDS.exact(round(plan.start_seconds))}."
        )
    if isinstance(workload.bursts, Trace) and workload.bursts.is_shorter_than_its_delays:
        yield _of_a_short_trace(workload.bursts, workload.open_tasks)
    if workload.shape.cancelled:
        yield "Cancelled tasks are reckoned as open until they are due: when they are cancelled is unknown."


def _of_a_short_trace(trace: Trace, open_tasks: float) -> str:
    return (
        f"The file spans {Unit.SECONDS.exact(trace.span_seconds)} and has delays of up to "
        f"{Unit.SECONDS.exact(trace.longest_delay_seconds)}: production had tasks waiting when it began, "
        f"so that {Unit.COUNT.exact(open_tasks)} open executions may be too few. A file that spans more than "
        "the longest delay gives the exact number."
    )


def _of_the_figures(plan: Plan) -> Iterator[str]:
    yield (
        "Free units are reckoned as free for these tasks alone. Your function's own time, logs and traces "
        "come on top, with each service."
    )
    yield (
        "Whether Step Functions bills the start of an execution as a transition, only a bill can show: "
        f"{dollars(_starts_usd(plan))} more at most."
    )
    yield "A new account has lower quotas of state transitions and Lambda calls, which AWS raises with use."
    assumed = [price.key for price in plan.prices if price.is_assumed]
    if assumed:
        names = ", ".join(assumed)
        yield f"Prices of us-east-1, because those of {plan.region} could not be verified: {names}."
    for checked, words in _DOUBTS.items():
        if names := ", ".join(plan.figures(checked)):
            yield f"{words}: {names}."


def _starts_usd(plan: Plan) -> float:
    transition = plan.chosen.cost.lines[0].price
    return transition.of(plan.workload.tasks)
