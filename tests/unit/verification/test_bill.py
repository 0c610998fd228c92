"""The bill counts transitions and calls as AWS does."""

import pytest

from delay.planning.facts import Facts
from verification.bill import Bill

CALLED = [
    "ExecutionStarted",
    "WaitStateEntered",
    "WaitStateExited",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
]
RETRIED = [*CALLED[:6], "TaskFailed", "TaskScheduled", "TaskStarted", *CALLED[6:]]
CANCELLED = ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
REDRIVEN = [*CALLED[:6], "TaskFailed", "ExecutionFailed", "ExecutionRedriven", *CALLED[3:]]


@pytest.mark.parametrize(
    ("history", "transitions", "calls"),
    [(CALLED, 2, 1), (RETRIED, 3, 2), (CANCELLED, 1, 0), (REDRIVEN, 4, 2)],
)
def test_bill_counts_transitions_and_calls(history: list[str], transitions: int, calls: int) -> None:
    """The wait, the call, each of its retries and a redrive are transitions."""
    assert Bill.of([history]) == Bill(executions=1, transitions=transitions, calls=calls)


def test_million_tasks_cost_fifty_dollars_plus_their_calls() -> None:
    """The README states this figure."""
    bill = Bill(executions=1_000_000, transitions=2_000_000, calls=1_000_000)
    assert bill.usd(Facts.load("us-east-1")) == pytest.approx(50.20)


def test_bill_names_the_costs_it_omits() -> None:
    """The bill is not an invoice."""
    counted, missing = Bill.of([CALLED] * 1_000).lines(Facts.load("us-east-1"))
    assert counted.startswith("1,000 executions with 2,000 state transitions and 1,000 calls: 0.0502 USD")
    assert missing.startswith("Not counted:")
