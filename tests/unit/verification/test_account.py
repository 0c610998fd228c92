"""A verification always deletes its own stack, and never touches an existing one."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from verification.account import Account, Verification
from verification.errors import CommandFailed, NoRegion, NotDeleted, OtherAccount, StackExists
from verification.steps import Steps


@dataclass
class FakeAws:
    """A fake of sam, the AWS CLI, CloudFormation and STS.

    A deployed stack exists until it is deleted. After sam has failed, it is changing for two more polls.
    """

    error: BaseException | None = None
    """Raised by a deployment after it has created the stack."""
    delete_error: BaseException | None = None
    stacks: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    region_name: str | None = "eu-west-1"
    command_account: str = "123456789012"
    changing: int = 0

    @property
    def commands(self) -> "FakeAws":
        """Return the runner of commands."""
        return self

    def run(self, *command: str) -> str:
        """Answer `aws sts get-caller-identity`."""
        assert command[:3] == ("aws", "sts", "get-caller-identity")
        return f"{self.command_account}\n"

    def client(self, _service: str, region_name: str) -> "FakeAws":
        """Return a client."""
        assert region_name == self.region_name
        return self

    def get_caller_identity(self) -> dict[str, str]:
        """Return the account."""
        return {"Account": "123456789012"}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Return the status of a stack."""
        if StackName not in self.stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": "CREATE_IN_PROGRESS" if self.changing else "CREATE_FAILED"}]}

    def get_paginator(self, operation: str) -> "FakeAws":
        """Return the paginator of a stack's resources."""
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's own
        """Return the resources of a stack."""
        assert StackName in self.stacks
        function = {"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "f"}
        return [{"StackResourceSummaries": [function | {"ResourceStatus": "CREATE_COMPLETE"}]}]

    def delete_function(self, FunctionName: str) -> None:  # noqa: N803 - boto3's own
        """Delete a function."""
        self.done.append(f"remove {FunctionName}")

    def sleep(self, _seconds: float) -> None:
        """Let CloudFormation proceed."""
        self.changing -= 1

    def build(self) -> Path:
        """Return the path of a built template."""
        self.done.append("build")
        return Path("template.yaml")

    def deploy(self, _template: Path, stack_name: str, **_: str) -> None:
        """Create a stack; if there is an `error`, raise it while the stack is changing."""
        self.done.append("deploy")
        self.stacks.add(stack_name)
        if self.error:
            self.changing = 2
            raise self.error

    def delete(self, stack_name: str) -> None:
        """Delete a stack."""
        assert not self.changing
        self.done.append("delete")
        if self.delete_error:
            raise self.delete_error
        self.stacks.discard(stack_name)


def verify(aws: FakeAws, console: Console | None = None) -> None:
    sam: Any = aws
    steps = Steps(console or Console(quiet=True))
    Verification(Account(sam), "verify", sam, steps, tasks=2, sleep=aws.sleep).run()


@pytest.mark.parametrize(
    "error",
    [CommandFailed("sam deploy failed"), KeyboardInterrupt(), SystemExit(143), RuntimeError("defect")],
)
def test_failed_verification_deletes_its_stack_and_raises_the_failure(error: BaseException) -> None:
    """After an error, an interrupt or a signal; the original exception is raised."""
    aws = FakeAws(error)
    with pytest.raises(type(error)) as raised:
        verify(aws)
    assert raised.value is error
    assert (aws.done, aws.stacks) == (["build", "deploy", "delete", "remove f"], set())


def test_interrupt_prints_that_the_stack_is_deleted_first() -> None:
    """The line also says that another Ctrl-C leaves the stack in place."""
    written = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        verify(FakeAws(KeyboardInterrupt()), Console(file=written, width=100))
    assert "Deleting the stack first. Another Ctrl-C leaves it in place." in written.getvalue()


@pytest.mark.parametrize("error", [CommandFailed("no such stack"), KeyboardInterrupt()])
def test_failed_deletion_names_the_stack_and_the_command_to_delete_it(error: BaseException) -> None:
    """The message begins with the earlier failure."""
    aws = FakeAws(CommandFailed("sam deploy failed"), error)
    with pytest.raises(NotDeleted) as raised:
        verify(aws)
    assert str(raised.value).startswith("sam deploy failed\n")
    assert 'make delete ARGS="--stack-name verify --region eu-west-1"' in str(raised.value)
    assert "remove f" not in aws.done


def test_commands_of_another_account_stop_the_verification() -> None:
    """Nothing is built or deployed."""
    aws = FakeAws(command_account="999999999999")
    with pytest.raises(OtherAccount, match="in account 999999999999, not in 123456789012"):
        verify(aws)
    assert aws.done == []


def test_existing_stack_is_left_alone() -> None:
    """It may be in use."""
    aws = FakeAws(stacks={"verify"})
    with pytest.raises(StackExists, match="The stack verify exists already"):
        verify(aws)
    assert (aws.done, aws.stacks) == ([], {"verify"})


def test_missing_region_is_an_error_that_names_the_option() -> None:
    """Nothing is requested without a Region."""
    with pytest.raises(NoRegion, match="--region"):
        verify(FakeAws(region_name=None))


def test_commands_get_the_region_and_endpoints_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Region has two names, one for sam and one for `delay`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9324")
    monkeypatch.setenv("AWS_CA_BUNDLE", "bundle.pem")
    monkeypatch.setenv("AWS_PROFILE", "another")
    session: Any = FakeAws()
    assert Account(session).variables == {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9324",
        "AWS_CA_BUNDLE": "bundle.pem",
    }


def test_credentials_come_from_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment may have others besides the profile."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    session = boto3.Session("key", "secret", "token")
    assert Account(session).credentials() == {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }
