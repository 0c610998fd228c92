"""Two clients of the Step Functions API with one interface: the real AWS CLI, and boto3."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.acceptance.command import eventually, run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

Call: TypeAlias = Callable[..., dict[str, Any]]
"""Calls an operation by its boto3 name with the API's own parameters, and returns the answer."""


class Refused(Exception):
    """The endpoint returned an error. `code` is its type."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def aws_cli(url: str) -> Call:
    """Return a function that runs `aws stepfunctions --endpoint-url URL ...`."""

    def call(operation: str, **parameters: str) -> dict[str, Any]:
        options = (part for name, value in parameters.items() for part in (f"--{_kebab(name)}", value))
        ended = run("aws", "stepfunctions", "--endpoint-url", url, _kebab(operation), *options)
        if ended.code:
            raise _parse_refusal(ended.err)
        answer: dict[str, Any] = json.loads(ended.out or "{}")
        return answer

    return call


def make_client(url: str) -> "SFNClient":
    """Return a boto3 client that retries nothing."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def with_boto3(url: str) -> Call:
    """Return a function that calls a boto3 client."""
    client = make_client(url)

    def call(operation: str, **parameters: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except ClientError as error:
            raise Refused(error.response["Error"]["Code"], str(error)) from error
        return answer

    return call


def wait_for_end(call: Call, execution_arn: str) -> dict[str, Any]:
    """Wait for an execution's end, and return its description."""
    described: dict[str, Any] = {}

    def is_over() -> bool:
        described.update(call("describe_execution", executionArn=execution_arn))
        return bool(described["status"] != "RUNNING")

    assert eventually(is_over), described
    return described


def moment(value: float | datetime) -> datetime:
    """Return a time as a datetime: the CLI prints seconds since 1970, boto3 returns a datetime."""
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


def _kebab(name: str) -> str:
    return re.sub("([A-Z])", r"-\1", name.replace("_", "-")).lower()


def _parse_refusal(text: str) -> Refused:
    found = re.search(r"An error occurred \((\w+)\)", text)
    assert found, text
    return Refused(found[1], text)
