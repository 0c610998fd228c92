"""Finds where the tasks of a deployed stack wait, and the dead-letter queues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from delay.aws.connection import CloudFormationClient
from delay.aws.error import AWS_ERRORS, error_code, translate_error
from delay.aws.store_name import StoreName
from delay.errors import InvalidRequest, NoSuchStack

_STATE_MACHINE: Final = "DelayStateMachineArn"
_DEAD_LETTER_QUEUE: Final = "DeadLetterQueueUrl"
_TASK_TABLE: Final = "TaskTableArn"
_TABLE_DEAD_LETTER_QUEUE: Final = "TableDeadLetterQueueUrl"


@dataclass(frozen=True, slots=True)
class StoreOutputs:
    """The outputs about one store of a stack."""

    arn: str
    dead_letter_queue_url: str | None
    """None if a modified template has no such queue."""


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """The outputs of a stack that was deployed from template.yaml."""

    name: str
    state_machine_arn: str
    dead_letter_queue_url: str | None
    """None if a modified template has no such queue."""
    task_table_arn: str | None = None
    """None if the stack was deployed without a table."""
    table_dead_letter_queue_url: str | None = None

    def find_store(self, name: StoreName) -> StoreOutputs:
        """Return the outputs about a store.

        Raises:
            InvalidRequest: there is no store of this name.
            NoSuchStack: the stack was deployed without it.

        """
        if name not in get_args(StoreName):
            raise InvalidRequest(f"store is {' or '.join(map(repr, get_args(StoreName)))}, got {name!r}.")
        if name == "executions":
            return StoreOutputs(self.state_machine_arn, self.dead_letter_queue_url)
        if self.task_table_arn is None:
            raise NoSuchStack(
                f"The stack {self.name!r} has no output {_TASK_TABLE}: deploy it with the parameter "
                "TaskStore=both, or let tasks wait as executions."
            )
        return StoreOutputs(self.task_table_arn, self.table_dead_letter_queue_url)


def find_stack(stack_name: str, cloudformation: CloudFormationClient) -> StackOutputs:
    """Return a stack's outputs, from CloudFormation.

    Raises:
        NoSuchStack: there is no such stack, or it has no such output.
        ServiceError: the call failed.

    """
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except AWS_ERRORS as error:
        if error_code(error) == "ValidationError":
            raise NoSuchStack(
                f"There is no stack {stack_name!r} in this account and Region: run `sam deploy`, or name "
                f"another. AWS says: {error}"
            ) from error
        raise translate_error(error, "cloudformation:DescribeStacks", f"the stack {stack_name!r}") from error
    return _parse_outputs(stack_name, stacks[0].get("Outputs", []))


def _parse_outputs(stack_name: str, outputs: Iterable[Mapping[str, Any]]) -> StackOutputs:
    values = {output["OutputKey"]: str(output["OutputValue"]) for output in outputs}
    if _STATE_MACHINE not in values:
        found = ", ".join(sorted(values)) or "none"
        raise NoSuchStack(
            f"The stack {stack_name!r} has no output {_STATE_MACHINE}, which this project's template.yaml "
            f"defines. Its outputs: {found}."
        )
    return StackOutputs(
        stack_name,
        values[_STATE_MACHINE],
        values.get(_DEAD_LETTER_QUEUE),
        values.get(_TASK_TABLE),
        values.get(_TABLE_DEAD_LETTER_QUEUE),
    )
