"""The deployed application: from the build on this computer, or as a stack on AWS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from delay import Delay
from stepfunctions_local.testing import LocalStepFunctions
from tests.acceptance.command import REPOSITORY

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient


@dataclass(frozen=True, slots=True)
class Application:
    """A deployed application. `variables` point a program in another language to it."""

    state_machine_arn: str
    sfn: "SFNClient"
    variables: Mapping[str, str]
    log_group: str | None = None
    """The log group of the stack's own function; None on this computer, and with FunctionArn."""

    @property
    def delay(self) -> Delay:
        """A client of the application."""
        return Delay(self.state_machine_arn, self.sfn)

    def start(self, key: str, task_input: str) -> str:
        """Start an execution with any input, without the client, and return its ARN."""
        started = self.sfn.start_execution(stateMachineArn=self.state_machine_arn, name=key, input=task_input)
        return started["executionArn"]

    def event_types(self, key: str) -> list[str]:
        """Return the types of the events in a task's history."""
        return [event["type"] for event in self.delay.history(key)]


@contextmanager
def serve_build() -> Iterator[Application]:
    """Serve the application that `make build` has built."""
    with LocalStepFunctions(REPOSITORY) as local:
        variables = {"AWS_ENDPOINT_URL": local.url}
        yield Application(local.state_machine_arns["DelayStateMachine"], local.client, variables)


def find_stack(stack_name: str) -> Application:
    """Return the application of a stack, found with the environment's credentials and Region."""
    session = boto3.Session()
    (stack,) = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Application(
        outputs["DelayStateMachineArn"],
        session.client("stepfunctions"),
        _read_credentials(session),
        outputs.get("HelloWorldFunctionLogGroupName"),
    )


def _read_credentials(session: boto3.Session) -> dict[str, str]:
    found: Any = session.get_credentials()
    key = found.get_frozen_credentials()
    variables = {
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.token,
        "AWS_REGION": session.region_name,
    }
    return {name: value for name, value in variables.items() if value}
