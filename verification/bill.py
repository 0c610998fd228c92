"""What the executions of a state machine cost: their transitions and calls, counted in their histories."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from delay.executions.execution import CALL_EVENTS
from delay.planning.facts import Facts

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient


@dataclass(frozen=True, slots=True)
class Bill:
    """How much was used. A transition is a state that was entered, a call that was tried again, or a redrive.

    Source: "AWS Step Functions pricing", "Restarting state machine executions with redrive".
    """

    executions: int
    transitions: int
    calls: int

    @classmethod
    def of(cls, histories: Iterable[Iterable[str]]) -> Self:
        """Count in histories, which are the types of their events."""
        counted = [Counter(history) for history in histories]
        return cls(len(counted), sum(map(_transitions, counted)), sum(map(_calls, counted)))

    def usd(self, facts: Facts) -> float:
        """Return what that costs in a Region without a free tier, in US dollars."""
        transition, call = facts.price("transition"), facts.price("lambda-request")
        return self.transitions * transition.usd / transition.per + self.calls * call.usd / call.per

    def lines(self, facts: Facts) -> Iterator[str]:
        """Tell it."""
        yield (
            f"{self.executions:,} executions with {self.transitions:,} state transitions and {self.calls:,} "
            f"calls: {self.usd(facts):.4f} USD, without the free tier."
        )
        yield (
            "Not counted: the duration of calls, logs and traces; alarms, dashboard and metric, which have a "
            "price for a month, for the minutes that they were there."
        )


def _transitions(types: Counter[str]) -> int:
    entered = sum(count for name, count in types.items() if name.endswith("StateEntered"))
    retries = max(0, _calls(types) - types["TaskStateEntered"])
    return entered + retries + types["ExecutionRedriven"]


def _calls(types: Counter[str]) -> int:
    return sum(types[name] for name in CALL_EVENTS)


def bill_of(state_machine_arn: str, sfn: "SFNClient") -> Bill:
    """Count what a state machine has used; `state_machine_arn` is without an alias."""
    return Bill.of(_histories(state_machine_arn, sfn))


def _histories(state_machine_arn: str, sfn: "SFNClient") -> Iterator[list[str]]:
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=state_machine_arn)
    for page in pages:
        for execution in page["executions"]:
            yield _history(execution["executionArn"], sfn)


def _history(execution_arn: str, sfn: "SFNClient") -> list[str]:
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=False
    )
    return [event["type"] for page in pages for event in page["events"]]
