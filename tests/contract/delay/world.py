"""Three places for tasks: Step Functions in memory and on a local endpoint, and a table in memory."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delay import Delay, Status
from delay.aws.connection import StepFunctionsClient
from delay.clock import Clock
from delay.executions import service
from delay.table import pages
from delay.testing import FakeStepFunctions, FakeTaskTable
from stepfunctions_local.testing import EndpointClock, LocalStepFunctions

executions_only = pytest.mark.parametrize("world", ["memory", "endpoint"], indirect=True)
"""Marks a test about executions, of which a table has none."""

table_only = pytest.mark.parametrize("world", ["table"], indirect=True)
"""Marks a test about rows."""


@dataclass(frozen=True)
class Kind:
    """The differences between executions and rows that a caller sees."""

    cancelled_events: tuple[str, ...]
    """The history of a cancelled task."""
    ended_counts: Mapping[Status, int]
    """The ended tasks of the example in test_many.py: a generation that was replaced counts as stopped."""
    page: tuple[object, str]
    """The module and the name of the constant with the size of a page."""


EXECUTIONS = Kind(
    ("ExecutionStarted", "WaitStateEntered", "ExecutionAborted"),
    {Status.SUCCEEDED: 1, Status.FAILED: 1, Status.TIMED_OUT: 0, Status.STOPPED: 2},
    (service, "PAGE_SIZE"),
)
ROWS = Kind(
    ("TaskScheduled", "TaskCancelled"),
    {Status.SUCCEEDED: 1, Status.FAILED: 1, Status.CANCELLED: 1},
    (pages, "ROWS"),
)


@dataclass(frozen=True)
class World:
    """A store of tasks, and a clock that can be moved forward."""

    kind: Kind
    clock: Clock
    forward: Callable[[timedelta], object]
    client: Callable[[], Delay]
    """Returns a new client, as another process would have it."""


@dataclass(frozen=True)
class ExecutionWorld(World):
    """Step Functions with a state machine."""

    sfn: StepFunctionsClient
    state_machine_arn: str

    def execution(self, name: str) -> dict[str, Any]:
        """Return the answer of DescribeExecution."""
        arn = self.state_machine_arn.replace(":stateMachine:", ":execution:")
        described: dict[str, Any] = self.sfn.describe_execution(executionArn=f"{arn}:{name}")
        return described


def world_in_memory(handle: Callable[[dict[str, Any], Any], Any]) -> World:
    """Return a world on the fake that services use in their tests."""
    sfn = FakeStepFunctions(handle)
    return _build(sfn, sfn.state_machine_arn, sfn.clock, sfn.clock.forward)


def world_in_a_table(handle: Callable[[dict[str, Any], Any], Any]) -> World:
    """Return a world on the other fake, whose rows the application's own drain and worker find."""
    table = FakeTaskTable(handle, keep=timedelta(days=90))  # as Step Functions does
    return World(ROWS, table.clock, table.clock.forward, lambda: Delay(table.arn, backend=table))


@contextmanager
def world_on_an_endpoint(project: Path) -> Iterator[World]:
    """Serve the project, with workers that run its function."""
    with LocalStepFunctions(project) as local:
        arn = local.state_machine_arns["DelayStateMachine"]
        yield _build(local.client, arn, EndpointClock(local), local.skip)


def _build(sfn: StepFunctionsClient, arn: str, clock: Clock, forward: Callable[[timedelta], object]) -> World:
    return ExecutionWorld(EXECUTIONS, clock, forward, lambda: Delay(arn, sfn, clock=clock), sfn, arn)
