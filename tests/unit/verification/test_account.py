"""Whatever happens to a verification, its stack is deleted; one that is somebody else's is not touched."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from verification.account import Account, Verification
from verification.errors import CommandFailed, NoRegion, StackExists
from verification.steps import Steps


@dataclass
class FakeAws:
    """Stands for sam and for CloudFormation: stacks that are deployed are there until they are deleted."""

    error: BaseException | None = None
    """What a deployment ends with, after it has created the stack."""
    stacks: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    region_name: str | None = "eu-west-1"
    profile_name: str = "default"

    def client(self, _service: str, region_name: str) -> "FakeAws":
        """Give a client for CloudFormation, which is all that is asked here."""
        assert region_name == self.region_name
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Tell of a stack."""
        if StackName in self.stacks:
            return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}
        raise ClientError({"Error": {"Code": "ValidationError", "Message": "no"}}, "DescribeStacks")

    def build(self) -> Path:
        """Build."""
        self.done.append("build")
        return Path("template.yaml")

    def deploy(self, _template: Path, stack_name: str, **_: str) -> None:
        """Create a stack, and fail."""
        self.done.append("deploy")
        self.stacks.add(stack_name)
        if self.error:
            raise self.error

    def delete(self, stack_name: str) -> None:
        """Delete a stack."""
        self.done.append("delete")
        self.stacks.discard(stack_name)


def verify(aws: FakeAws, console: Console | None = None) -> None:
    sam: Any = aws
    account = Account(sam)
    Verification(account, "verify", sam, Steps(console or Console(quiet=True)), tasks=2).run()


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
    assert "the stack is deleted first. Another Ctrl-C leaves it there." in written.getvalue()


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


@pytest.mark.parametrize(("profile", "more"), [("default", {}), ("sandbox", {"AWS_PROFILE": "sandbox"})])
def test_commands_act_in_the_same_account_and_region(profile: str, more: dict[str, str]) -> None:
    """For sam and `delay` read the Region under different names."""
    session: Any = FakeAws(profile_name=profile)
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert Account(session).variables == region | more
