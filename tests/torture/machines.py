"""The state machines that are tortured, and the tasks that are started of them."""

import json
from dataclasses import dataclass
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/DummyRole"

_RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 20}]


@dataclass(frozen=True, slots=True)
class Task:
    """A task that was asked for: its name, its delay, and whether it was stopped instead.

    With `branches` it is one of as many waits and calls, each with a delay of its own.
    """

    name: str
    delay_seconds: int
    stopped: bool = False
    branches: tuple[int, ...] = ()

    @property
    def calls(self) -> dict[str, int]:
        """The names by which the function is called, with the seconds that have to pass before."""
        if not self.branches:
            return {self.name: self.delay_seconds}
        return {f"{self.name}/{number}": delay for number, delay in enumerate(self.branches)}

    @property
    def input(self) -> str:
        """What its execution is started with."""
        waits = [{"expirydate": delay, "name": name} for name, delay in self.calls.items()]
        return json.dumps({"alone": waits[0], "each": waits[1:]} if self.branches else waits[0])


def delayed_call(function: str = "f", **call: Any) -> str:  # noqa: ANN401 - any field of a Task
    """Define a machine that waits and calls."""
    return json.dumps(_wait_and_call("", function, **call))


def delayed_call_with_retry(function: str) -> str:
    """Define one that calls again when the call has failed."""
    return delayed_call(function, Retry=_RETRY)


def delayed_calls_in_branches() -> str:
    """Define one that waits and calls in a Parallel, and in a Map two at a time."""
    alone = _wait_and_call("Alone", "f")
    alone["States"]["WaitAlone"]["InputPath"] = "$.alone"
    each = {
        "Type": "Map",
        "ItemsPath": "$.each",
        "MaxConcurrency": 2,
        "ItemProcessor": _wait_and_call("Each", "f"),
        "End": True,
    }
    branches = [alone, {"StartAt": "Each", "States": {"Each": each}}]
    work = {"Type": "Parallel", "Branches": branches, "End": True}
    return json.dumps({"StartAt": "Work", "States": {"Work": work}})


def _wait_and_call(suffix: str, function: str, **call: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
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
