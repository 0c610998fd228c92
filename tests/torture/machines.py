"""The tortured state machines, and their tasks."""

import json
from dataclasses import dataclass
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/DummyRole"

_RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 20}]


@dataclass(frozen=True, slots=True)
class Task:
    """A requested task.

    `stopped`: whether it is stopped before it is due.
    `branches`: the delay of each branch in seconds; every branch waits and calls by itself.
    """

    name: str
    delay_seconds: int
    stopped: bool = False
    branches: tuple[int, ...] = ()

    @property
    def calls(self) -> dict[str, int]:
        """The delay of each call in seconds, by the name in its payload."""
        if not self.branches:
            return {self.name: self.delay_seconds}
        return {f"{self.name}/{number}": delay for number, delay in enumerate(self.branches)}

    @property
    def input(self) -> str:
        """The input of its execution."""
        waits = [{"expirydate": delay, "name": name} for name, delay in self.calls.items()]
        return json.dumps({"alone": waits[0], "each": waits[1:]} if self.branches else waits[0])


def define_delayed_call(function: str = "f", **call: Any) -> str:
    """Return the definition of a state machine with a wait and a call."""
    return json.dumps(_define_wait_and_call("", function, **call))


def define_delayed_call_with_retry(function: str) -> str:
    """Return the same definition with retries of a failed call."""
    return define_delayed_call(function, Retry=_RETRY)


def define_delayed_calls_in_branches() -> str:
    """Return a definition with waits and calls in a Parallel, and in a Map two at a time."""
    alone = _define_wait_and_call("Alone", "f")
    alone["States"]["WaitAlone"]["InputPath"] = "$.alone"
    each = {
        "Type": "Map",
        "ItemsPath": "$.each",
        "MaxConcurrency": 2,
        "ItemProcessor": _define_wait_and_call("Each", "f"),
        "End": True,
    }
    branches = [alone, {"StartAt": "Each", "States": {"Each": each}}]
    work = {"Type": "Parallel", "Branches": branches, "End": True}
    return json.dumps({"StartAt": "Work", "States": {"Work": work}})


def _define_wait_and_call(suffix: str, function: str, **call: Any) -> dict[str, Any]:
    wait, task = f"Wait{suffix}", f"Call{suffix}"
    return {
        "StartAt": wait,
        "States": {
            wait: {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": task},
            task: {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": function, "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "End": True,
                **call,
            },
        },
    }
