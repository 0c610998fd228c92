"""Two kinds of Step Functions: in memory, and on a local endpoint through boto3. Both answer the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from delay import Delay
from delay.aws.connection import StepFunctionsClient
from delay.clock import Clock
from delay.testing import FakeStepFunctions
from stepfunctions_local.testing import EndpointClock, LocalStepFunctions


@dataclass(frozen=True)
class World:
    """Step Functions with a state machine, and a clock that can be moved forward."""

    sfn: StepFunctionsClient
    state_machine_arn: str
    clock: Clock
    forward: Callable[[timedelta], object]

    def client(self) -> Delay:
        """Return a new client, as another process would have it."""
        return Delay(self.state_machine_arn, self.sfn, clock=self.clock)

    def execution(self, name: str) -> dict[str, Any]:
        """Return the answer of DescribeExecution."""
        arn = self.state_machine_arn.replace(":stateMachine:", ":execution:")
        described: dict[str, Any] = self.sfn.describe_execution(executionArn=f"{arn}:{name}")
        return described


def world_in_memory(handle: Callable[[dict[str, Any], Any], Any]) -> World:
    """Return a world on the fake that services use in their tests."""
    sfn = FakeStepFunctions(handle)
    return World(sfn, sfn.state_machine_arn, sfn.clock, sfn.clock.forward)


@contextmanager
def world_on_an_endpoint(project: Path) -> Iterator[World]:
    """Serve the project, with workers that run its function."""
    with LocalStepFunctions(project) as local:
        arn = local.state_machine_arns["DelayStateMachine"]
        yield World(local.client, arn, EndpointClock(local), local.skip)
