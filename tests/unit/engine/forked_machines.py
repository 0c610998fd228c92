"""Random machines of nested states, and their expected output and duration."""

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult, TaskRunner
from stepfunctions_local.language import Call, dump_json

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
ERROR = {"Error": "Odd", "Cause": "reason"}

Names = Callable[[], str]


@dataclass(frozen=True)
class Value:
    """A Pass with a result."""

    value: object

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        return {names(): {"Type": "Pass", "Result": self.value}}

    def run(self, _: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        return self.value, seconds


@dataclass(frozen=True)
class Pause:
    """A Wait."""

    seconds: int

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        return {names(): {"Type": "Wait", "Seconds": self.seconds}}

    def run(self, value: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        return value, seconds + self.seconds


@dataclass(frozen=True)
class Echo:
    """A Task whose function returns its event at once."""

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        return {names(): {"Type": "Task", "Resource": ARN}}

    def run(self, value: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        return value, seconds


@dataclass(frozen=True)
class Both:
    """A Parallel."""

    branches: Sequence["Steps"]

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        return {
            names(): {"Type": "Parallel", "Branches": [branch.workflow(names) for branch in self.branches]}
        }

    def run(self, value: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        outputs, ends = zip(*(branch.run(value, seconds) for branch in self.branches), strict=True)
        return list(outputs), max(ends)


@dataclass(frozen=True)
class Each:
    """A Map over items of its own."""

    steps: "Steps"
    items: Sequence[int]
    at_once: int

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        items, work = names(), names()
        return {
            items: {"Type": "Pass", "Result": list(self.items), "Next": work},
            work: {
                "Type": "Map",
                "MaxConcurrency": self.at_once,
                "ItemProcessor": self.steps.workflow(names),
            },
        }

    def run(self, _: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        free = [seconds] * (self.at_once or 40)
        outputs, last = [], seconds
        for item in self.items:
            output, end = self.steps.run(item, heapq.heappop(free))
            heapq.heappush(free, end)
            outputs.append(output)
            last = max(last, end)
        return outputs, last


@dataclass(frozen=True)
class CutShort:
    """A Parallel whose second branch fails after some seconds, and a state that gets the error."""

    steps: "Steps"
    after_seconds: int

    def states(self, names: Names) -> dict[str, Any]:
        """Return the states, without the transition that follows."""
        pause, fail, work, caught = names(), names(), names(), names()
        failing = {
            "StartAt": pause,
            "States": {
                pause: {"Type": "Wait", "Seconds": self.after_seconds, "Next": fail},
                fail: {"Type": "Fail", **ERROR},
            },
        }
        return {
            work: {
                "Type": "Parallel",
                "Branches": [self.steps.workflow(names), failing],
                "Catch": [{"ErrorEquals": ["Odd"], "Next": caught}],
                "Next": caught,
            },
            caught: {"Type": "Pass"},
        }

    def run(self, _: object, seconds: int) -> tuple[object, int]:
        """Return the output and the second of the end."""
        return ERROR, seconds + self.after_seconds


@dataclass(frozen=True)
class Steps:
    """Successive states."""

    parts: Sequence[Value | Pause | Echo | Both | Each | CutShort]

    def workflow(self, names: Names) -> dict[str, Any]:
        """Return the steps as a workflow."""
        parts = [part.states(names) for part in self.parts]
        for states, following in itertools.zip_longest(parts, parts[1:]):
            last = states[next(reversed(states))]
            last |= {"Next": next(iter(following))} if following else {"End": True}
        merged = {name: state for states in parts for name, state in states.items()}
        return {"StartAt": next(iter(merged)), "States": merged}

    def run(self, value: object, seconds: int = 0) -> tuple[object, int]:
        """Return the output and the second of the end."""
        for part in self.parts:
            value, seconds = part.run(value, seconds)
        return value, seconds


def definition(steps: Steps) -> dict[str, Any]:
    """Return the definition of a machine."""
    numbers: Iterator[int] = itertools.count()
    return steps.workflow(lambda: f"S{next(numbers)}")


pauses = st.integers(0, 5)
leaves = st.one_of(st.builds(Value, st.integers(0, 9)), st.builds(Pause, pauses), st.builds(Echo))


def _steps(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Steps]:
    return st.builds(Steps, st.lists(parts, min_size=1, max_size=3))


def _forks(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    steps = _steps(inner)
    return st.one_of(
        st.builds(Both, st.lists(steps, min_size=1, max_size=3)),
        st.builds(Each, steps, st.lists(st.integers(0, 9), max_size=4), st.integers(0, 3)),
        st.builds(CutShort, steps, pauses),
    )


machines = _steps(st.recursive(leaves, _forks, max_leaves=8))


class EchoTasks(TaskRunner):
    """Returns the parameters of every call."""

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Return the parameters of a call."""
        assert caller.attempt
        return CallResult(dump_json(call.parameters))
