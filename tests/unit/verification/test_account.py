"""Whatever happens to a verification, its stack is deleted; one that is somebody else's is not touched."""

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
    """Stands for sam, for the AWS CLI, for CloudFormation and for STS.

    A stack that is deployed is there until it is deleted. A change goes on for two looks after sam has
    failed.
    """

    error: BaseException | None = None
    """What a deployment ends with, after it has created the stack."""
    delete_error: BaseException | None = None
    stacks: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    region_name: str | None = "eu-west-1"
    command_account: str = "123456789012"
    changing: int = 0

    @property
    def commands(self) -> "FakeAws":
        """Give what runs commands."""
        return self

    def run(self, *command: str) -> str:
        """Answer `aws sts get-caller-identity`."""
        assert command[:3] == ("aws", "sts", "get-caller-identity")
        return f"{self.command_account}\n"

    def client(self, _service: str, region_name: str) -> "FakeAws":
        """Give a client."""
        assert region_name == self.region_name
        return self

    def get_caller_identity(self) -> dict[str, str]:
        """Name the account."""
        return {"Account": "123456789012"}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Tell of a stack."""
        if StackName not in self.stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": "CREATE_IN_PROGRESS" if self.changing else "CREATE_FAILED"}]}

    def sleep(self, _seconds: float) -> None:
        """Let CloudFormation get on."""
        self.changing -= 1

    def build(self) -> Path:
        """Build."""
        self.done.append("build")
        return Path("template.yaml")

    def deploy(self, _template: Path, stack_name: str, **_: str) -> None:
        """Create a stack, and fail while CloudFormation goes on."""
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
def test_the_stack_is_deleted_however_it_ends(error: BaseException) -> None:
    """With an error, an interrupt or a signal; what ended it is told."""
    aws = FakeAws(error)
    with pytest.raises(type(error)) as raised:
        verify(aws)
    assert raised.value is error
    assert (aws.done, aws.stacks) == (["build", "deploy", "delete"], set())


def test_who_interrupts_it_learns_that_it_takes_a_while() -> None:
    """And that another Ctrl-C leaves the stack there."""
    written = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        verify(FakeAws(KeyboardInterrupt()), Console(file=written, width=100))
    assert "The stack is deleted first. Another Ctrl-C leaves it there." in written.getvalue()


@pytest.mark.parametrize("error", [CommandFailed("no such stack"), KeyboardInterrupt()])
def test_a_stack_that_could_not_be_deleted_is_named(error: BaseException) -> None:
    """With how to delete it, and with what had gone wrong before."""
    aws = FakeAws(CommandFailed("sam deploy failed"), error)
    with pytest.raises(NotDeleted) as told:
        verify(aws)
    assert str(told.value).startswith("sam deploy failed\n")
    assert "sam delete --stack-name verify --region eu-west-1" in str(told.value)


def test_commands_that_would_act_in_another_account_do_nothing() -> None:
    """Whatever the environment has led them to."""
    aws = FakeAws(command_account="999999999999")
    with pytest.raises(OtherAccount, match="in account 999999999999, and not in 123456789012"):
        verify(aws)
    assert aws.done == []


def test_a_stack_that_is_there_is_left_alone() -> None:
    """It may be the one that somebody works with."""
    aws = FakeAws(stacks={"verify"})
    with pytest.raises(StackExists, match="There is a stack verify already"):
        verify(aws)
    assert (aws.done, aws.stacks) == ([], {"verify"})


def test_without_a_region_nothing_is_asked() -> None:
    """And it is said how to name one."""
    with pytest.raises(NoRegion, match="--region"):
        verify(FakeAws(region_name=None))


def test_commands_act_where_the_caller_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same Region, which sam and `delay` read under different names; at the same endpoints."""
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


def test_credentials_are_those_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those that the environment has besides a profile."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    session = boto3.Session("key", "secret", "token")
    assert Account(session).credentials() == {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }
