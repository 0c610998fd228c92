"""Finds the state machine of a deployed stack."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from delay.aws_error import AWS_ERRORS, error_code, told
from delay.connection import CloudFormationClient
from delay.errors import NoSuchStack

OUTPUT: Final = "DelayStateMachineArn"
"""The output of template.yaml that holds the state machine's ARN."""


def state_machine_of(stack_name: str, cloudformation: CloudFormationClient) -> str:
    """Return the ARN of a stack's state machine.

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
    return _output(stack_name, stacks[0].get("Outputs", []))


def _output(stack_name: str, outputs: Iterable[Mapping[str, Any]]) -> str:
    values = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    if OUTPUT not in values:
        there = ", ".join(sorted(values)) or "none"
        raise NoSuchStack(
            f"The stack {stack_name!r} has no output {OUTPUT}, as this project's template.yaml has. "
            f"It has: {there}."
        )
    return str(values[OUTPUT])
