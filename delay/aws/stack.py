"""Finds the state machine of a deployed stack, and its dead-letter queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from delay.aws.connection import CloudFormationClient
from delay.aws.error import AWS_ERRORS, error_code, told
from delay.errors import NoSuchStack

_STATE_MACHINE: Final = "DelayStateMachineArn"
_DEAD_LETTER_QUEUE: Final = "DeadLetterQueueUrl"


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """What the outputs of a stack say that template.yaml has made."""

    state_machine_arn: str
    dead_letter_queue_url: str | None
    """None where a template of one's own has no such queue."""


def find_stack(stack_name: str, cloudformation: CloudFormationClient) -> StackOutputs:
    """Ask CloudFormation for a stack.

    Raises:
        NoSuchStack: there is no such stack, or it has no such output.
        ServiceError: CloudFormation cannot be asked.

    """
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except AWS_ERRORS as error:
        if error_code(error) == "ValidationError":
            raise NoSuchStack(
                f"There is no stack {stack_name!r} in this account and Region: run `sam deploy`, or name "
                f"another. AWS says: {error}"
            ) from error
        raise told(error, "cloudformation:DescribeStacks", f"the stack {stack_name!r}") from error
    return _read(stack_name, stacks[0].get("Outputs", []))


def _read(stack_name: str, outputs: Iterable[Mapping[str, Any]]) -> StackOutputs:
    values = {output["OutputKey"]: str(output["OutputValue"]) for output in outputs}
    if _STATE_MACHINE not in values:
        there = ", ".join(sorted(values)) or "none"
        raise NoSuchStack(
            f"The stack {stack_name!r} has no output {_STATE_MACHINE}, as this project's template.yaml has. "
            f"It has: {there}."
        )
    return StackOutputs(values[_STATE_MACHINE], values.get(_DEAD_LETTER_QUEUE))
