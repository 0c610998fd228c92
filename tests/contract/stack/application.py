"""The application as it is deployed: on this machine from the build, or as a stack on AWS."""

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
    """Where tasks are started. `variables` let a program of another language find it."""

    state_machine_arn: str
    sfn: "SFNClient"
    variables: Mapping[str, str]
    log_group: str | None = None
    """Of the function; None on this machine."""

    @property
    def delay(self) -> Delay:
        """Make a client."""
        return Delay(self.state_machine_arn, self.sfn)

    def start(self, key: str, task_input: str) -> str:
        """Start an execution with any input, by other means than the client; return its ARN."""
        started = self.sfn.start_execution(stateMachineArn=self.state_machine_arn, name=key, input=task_input)
        return started["executionArn"]

    def event_types(self, key: str) -> list[str]:
        """Tell what has happened to a task, without what it was about."""
        return [event["type"] for event in self.delay.history(key)]


@contextmanager
def on_this_machine() -> Iterator[Application]:
    """Serve what `make build` has built."""
    with LocalStepFunctions(REPOSITORY) as local:
        variables = {"AWS_ENDPOINT_URL": local.url}
        yield Application(local.state_machine_arns["DelayStateMachine"], local.client, variables)


def on_aws(stack_name: str) -> Application:
    """Find a stack, by the credentials and the Region of the environment."""
    session = boto3.Session()
    (stack,) = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Application(
        outputs["DelayStateMachineArn"],
        session.client("stepfunctions"),
        _credentials(session),
        outputs["HelloWorldFunctionLogGroupName"],
    )


def _credentials(session: boto3.Session) -> dict[str, str]:
    found: Any = session.get_credentials()
    key = found.get_frozen_credentials()
    variables = {
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.token,
        "AWS_REGION": session.region_name,
    }
    return {name: value for name, value in variables.items() if value}
