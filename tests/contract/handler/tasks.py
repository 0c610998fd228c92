"""The tasks of a test: start them by name, and inspect them."""

import json
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from stepfunctions_local.testing import LocalStepFunctions

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Tasks:
    """Starts tasks that are due at once, and inspects them."""

    local: LocalStepFunctions
    log: Path

    def start(self, name: str, **payload: object) -> str:
        """Start a task and return its ARN."""
        return self.local.client.start_execution(
            stateMachineArn=self.local.state_machine_arns["Machine"],
            name=name,
            input=json.dumps({"expirydate": 0} | payload),
        )["executionArn"]

    def call(self) -> object:
        """Call the function without an execution, and return its answer."""
        client = boto3.client(
            "lambda",
            endpoint_url=self.local.lambda_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        with closing(client):
            return json.load(client.invoke(FunctionName="Function", Payload=b"{}")["Payload"])

    def redrive(self, arn: str) -> None:
        """Redrive a failed task."""
        self.local.client.redrive_execution(executionArn=arn)

    def wait_for_end(self, arn: str) -> "DescribeExecutionOutputTypeDef":
        """Wait for the task's end, and return its description."""
        self.wait(lambda: self._describe(arn)["status"] != "RUNNING")
        return self._describe(arn)

    def list_failures(self, arn: str) -> list[str]:
        """Return the errors of the function's calls so far."""
        history = self.local.client.get_execution_history(executionArn=arn)["events"]
        return [
            event["taskFailedEventDetails"]["error"] for event in history if event["type"] == "TaskFailed"
        ]

    def wait(self, until: "Callable[[], object]") -> None:
        """Wait until the condition holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < deadline, self.local.log
            time.sleep(0.05)

    def release(self) -> None:
        """Let waiting work continue."""
        self.log.with_name("released").touch()

    @property
    def done(self) -> list[str]:
        """Key and generation of the task, for each attempt at the work."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def _describe(self, arn: str) -> "DescribeExecutionOutputTypeDef":
        return self.local.client.describe_execution(executionArn=arn)
