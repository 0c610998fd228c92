"""The cost of a state machine's executions: transitions and calls, counted in their histories."""

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
    """The usage. A transition is an entered state, a retried call or a redrive.

    Source: "AWS Step Functions pricing", "Restarting state machine executions with redrive".
    """

    executions: int
    transitions: int
    calls: int

    @classmethod
    def of(cls, histories: Iterable[Iterable[str]]) -> Self:
        """Count the usage in histories, each given as the types of its events."""
        counted = [Counter(history) for history in histories]
        return cls(len(counted), sum(map(_count_transitions, counted)), sum(map(_count_calls, counted)))

    def usd(self, facts: Facts) -> float:
        """Return the cost in a Region without a free tier, in US dollars."""
        transition, call = facts.price("transition"), facts.price("lambda-request")
        return self.transitions * transition.usd / transition.per + self.calls * call.usd / call.per

    def lines(self, facts: Facts) -> Iterator[str]:
        """Yield the lines of the report."""
        yield (
            f"{self.executions:,} executions with {self.transitions:,} state transitions and {self.calls:,} "
            f"calls: {self.usd(facts):.4f} USD, without the free tier."
        )
        yield (
            "Not counted: the duration of calls, logs and traces; the minutes of alarms, dashboard and "
            "metric, which are priced by the month."
        )


def _count_transitions(types: Counter[str]) -> int:
    entered = sum(count for name, count in types.items() if name.endswith("StateEntered"))
    retries = max(0, _count_calls(types) - types["TaskStateEntered"])
    return entered + retries + types["ExecutionRedriven"]


def _count_calls(types: Counter[str]) -> int:
    return sum(types[name] for name in CALL_EVENTS)


def count_bill(state_machine_arn: str, sfn: "SFNClient") -> Bill:
    """Count the usage of a state machine; `state_machine_arn` has no alias."""
    return Bill.of(_list_histories(state_machine_arn, sfn))


def _list_histories(state_machine_arn: str, sfn: "SFNClient") -> Iterator[list[str]]:
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=state_machine_arn)
    for page in pages:
        for execution in page["executions"]:
            yield _list_event_types(execution["executionArn"], sfn)


def _list_event_types(execution_arn: str, sfn: "SFNClient") -> list[str]:
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=False
    )
    return [event["type"] for page in pages for event in page["events"]]
