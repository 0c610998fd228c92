"""Deletes a stack and what it retains: the state machine, the function, their roles, tables and queues."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from verification.errors import Protected
from verification.sam import Sam

Clients = Callable[[str], Any]
"""Return the client of a service."""

_TABLE: Final = "AWS::DynamoDB::Table"
_DELETED: Final = "DELETE_COMPLETE"
_MISSING: Final = ("NotFound", "NoSuchEntity", "NonExistentQueue", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Retained:
    """A resource that outlives its stack."""

    type: str
    physical_id: str


def delete_stack(stack_name: str, sam: Sam, clients: Clients) -> None:
    """Delete a stack and what it retains. Waiting tasks end, and their function is not called.

    Raises:
        Protected: a table is protected from deletion. The stack was not deleted.
        CommandFailed: CloudFormation has not deleted the stack, so that nothing else was removed either.

    """
    retained = list_retained(stack_name, clients)
    for each in retained:
        if each.type == _TABLE:
            _require_unprotected(each.physical_id, clients)
    sam.delete(stack_name)
    remove(retained, clients)


def _require_unprotected(table: str, clients: Clients) -> None:
    try:
        described = clients("dynamodb").describe_table(TableName=table)["Table"]
    except ClientError as error:
        if _is_missing(error):
            return
        raise
    if described.get("DeletionProtectionEnabled"):
        raise Protected(
            f"The table {table} is protected from deletion, so nothing was deleted. To end the protection: "
            f"aws dynamodb update-table --table-name {table} --no-deletion-protection-enabled"
        )


def list_retained(stack_name: str, clients: Clients) -> list[Retained]:
    """Return those resources of a stack that its deletion retains, in the order of their removal."""
    pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    found = [
        Retained(resource["ResourceType"], resource["PhysicalResourceId"])
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceStatus"] != _DELETED and resource.get("PhysicalResourceId")
    ]
    order = list(REMOVALS)
    return sorted((each for each in found if each.type in REMOVALS), key=lambda each: order.index(each.type))


def remove(retained: Iterable[Retained], clients: Clients) -> None:
    """Remove these resources, including their versions, aliases and policies. A missing one is skipped."""
    for each in retained:
        try:
            REMOVALS[each.type](each.physical_id, clients)
        except ClientError as error:
            if not _is_missing(error):
                raise


def _is_missing(error: ClientError) -> bool:
    return any(part in error.response["Error"]["Code"] for part in _MISSING)


def _remove_state_machine(arn: str, clients: Clients) -> None:
    clients("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _remove_function(name: str, clients: Clients) -> None:
    clients("lambda").delete_function(FunctionName=name)


def _remove_role(name: str, clients: Clients) -> None:
    iam = clients("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _remove_table(name: str, clients: Clients) -> None:
    clients("dynamodb").delete_table(TableName=name)


def _remove_queue(url: str, clients: Clients) -> None:
    clients("sqs").delete_queue(QueueUrl=url)


REMOVALS: Final[dict[str, Callable[[str, Clients], None]]] = {
    "AWS::StepFunctions::StateMachine": _remove_state_machine,
    "AWS::Lambda::Function": _remove_function,
    "AWS::IAM::Role": _remove_role,
    _TABLE: _remove_table,
    "AWS::SQS::Queue": _remove_queue,
}
"""By type, callers first. Versions, aliases and policies go with the resource that they belong to."""
