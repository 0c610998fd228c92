"""The deletion of a stack removes what the template retains."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from verification.errors import CommandFailed, Protected
from verification.removal import REMOVALS, delete_stack

ROOT = Path(__file__).parents[3]
BELONGING = {
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
}
"""Parts of other resources, which are deleted along with those."""


def summary(kind: str, name: str | None, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {"ResourceType": f"AWS::{kind}", "ResourceStatus": status} | (
        {"PhysicalResourceId": name} if name else {}
    )


@dataclass
class FakeAws:
    """A fake of sam and of all services. It records each call that deletes something."""

    resources: list[dict[str, Any]]
    sam_error: Exception | None = None
    code: str | None = None
    """The error that every deletion of a resource raises."""
    protected: bool = False
    """Whether tables are protected from deletion."""
    done: list[str] = field(default_factory=list)

    def client(self, service: str) -> "FakeAws":
        """Return a client."""
        assert service in {"cloudformation", "stepfunctions", "lambda", "iam", "dynamodb", "sqs"}
        return self

    def get_paginator(self, _operation: str) -> "FakeAws":
        """Return the paginator of a stack's resources."""
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        """Return the resources of the stack, in two pages."""
        return [{"StackResourceSummaries": part} for part in (self.resources[:1], self.resources[1:])]

    def list_role_policies(self, **_: str) -> dict[str, list[str]]:
        """Return two policies: a role may keep former ones."""
        return {"PolicyNames": ["new", "former"]}

    def describe_table(self, **_: str) -> dict[str, Any]:
        """Return the protection of a table."""
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "DescribeTable")
        return {"Table": {"DeletionProtectionEnabled": True} if self.protected else {}}

    def delete(self, _stack_name: str) -> None:
        """Delete the stack, as sam does."""
        if self.sam_error:
            raise self.sam_error
        self.done.append("sam delete")

    def __getattr__(self, name: str) -> Any:
        """Return any other method of a client."""

        def call(**arguments: str) -> None:
            if self.code:
                raise ClientError({"Error": {"Code": self.code, "Message": ""}}, name)
            self.done.append(" ".join((name, *arguments.values())))

        return call


def delete(aws: FakeAws) -> None:
    sam: Any = aws
    delete_stack("stack", sam, aws.client)


def test_removal_covers_every_retained_type_of_the_template() -> None:
    """A deleted stack leaves nothing behind."""
    built = yaml.safe_load(ROOT.joinpath(".aws-sam/build/template.yaml").read_text(encoding="utf-8"))
    retained = {
        body["Type"].replace("Serverless", "Lambda")
        for body in built["Resources"].values()
        if body.get("DeletionPolicy") == "Retain"
    }
    assert retained - BELONGING == set(REMOVALS)


def test_retained_resources_are_removed_after_the_stack_callers_first() -> None:
    """The policies of a role are removed before it."""
    aws = FakeAws(
        [
            summary("SQS::Queue", "url"),
            summary("DynamoDB::Table", "table"),
            summary("IAM::Role", "role"),
            summary("Lambda::Function", "function", "DELETE_SKIPPED"),
            summary("StepFunctions::StateMachine", "arn"),
            summary("Logs::LogGroup", "log"),
        ]
    )
    delete(aws)
    assert aws.done == [
        "sam delete",
        "delete_state_machine arn",
        "delete_function function",
        "delete_role_policy role new",
        "delete_role_policy role former",
        "delete_role role",
        "delete_table table",
        "delete_queue url",
    ]


def test_resources_that_were_deleted_or_never_created_are_skipped() -> None:
    """The stack may be left from a failed deployment."""
    aws = FakeAws([summary("Lambda::Function", None), summary("DynamoDB::Table", "t", "DELETE_COMPLETE")])
    delete(aws)
    assert aws.done == ["sam delete"]


def test_nothing_is_removed_if_the_stack_is_not_deleted() -> None:
    """Termination protection also protects what the stack would retain."""
    aws = FakeAws(
        [summary("Lambda::Function", "function")], CommandFailed("TerminationProtection is enabled")
    )
    with pytest.raises(CommandFailed):
        delete(aws)
    assert aws.done == []


def test_protected_table_protects_the_stack() -> None:
    """Its functions call the waiting tasks. The message has the command that ends the protection."""
    aws = FakeAws(
        [summary("Lambda::Function", "function"), summary("DynamoDB::Table", "tasks")], protected=True
    )
    with pytest.raises(Protected, match="--table-name tasks --no-deletion-protection-enabled"):
        delete(aws)
    assert aws.done == []


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue"])
def test_missing_resource_is_no_error(code: str) -> None:
    """An interrupted deletion can be repeated."""
    aws = FakeAws([summary("DynamoDB::Table", "table"), summary("SQS::Queue", "url")], code=code)
    delete(aws)
    assert aws.done == ["sam delete"]


def test_other_error_of_a_removal_is_raised() -> None:
    """A resource that still exists is reported."""
    aws = FakeAws([summary("Lambda::Function", "function")], code="AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        delete(aws)
