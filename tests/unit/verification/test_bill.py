"""What executions cost is counted as AWS counts it."""

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
def test_a_transition_is_a_state_that_is_entered_or_tried_again(
    history: list[str], transitions: int, calls: int
) -> None:
    """The wait, the call, each retry of it, and a redrive."""
    assert Bill.of([history]) == Bill(executions=1, transitions=transitions, calls=calls)


def test_a_million_tasks_cost_fifty_dollars_and_their_calls() -> None:
    """As the README says."""
    bill = Bill(executions=1_000_000, transitions=2_000_000, calls=1_000_000)
    assert bill.usd(Facts.load("us-east-1")) == pytest.approx(50.20)


def test_the_bill_says_what_is_not_in_it() -> None:
    """It is no invoice."""
    counted, missing = Bill.of([CALLED] * 1_000).lines(Facts.load("us-east-1"))
    assert counted.startswith("1,000 executions with 2,000 state transitions and 1,000 calls: 0.0502 USD")
    assert missing.startswith("Not counted:")
