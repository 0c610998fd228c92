"""Finds the state machine and the dead-letter queue of a deployed stack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from delay.aws.connection import CloudFormationClient
from delay.aws.error import AWS_ERRORS, error_code, translate_error
from delay.errors import NoSuchStack

_STATE_MACHINE: Final = "DelayStateMachineArn"
_DEAD_LETTER_QUEUE: Final = "DeadLetterQueueUrl"


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """The outputs of a stack that was deployed from template.yaml."""

    state_machine_arn: str
    dead_letter_queue_url: str | None
    """None if a modified template has no such queue."""


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
    return StackOutputs(values[_STATE_MACHINE], values.get(_DEAD_LETTER_QUEUE))
