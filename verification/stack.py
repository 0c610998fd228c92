"""A deployed stack: its outputs, and whether it is still there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack by its name."""

    name: str
    cloudformation: "CloudFormationClient"

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the stack gives out, by the names in the template."""
        (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @property
    def status(self) -> str:
        """What CloudFormation does with the stack, or has done."""
        (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return stack["StackStatus"]

    @property
    def is_there(self) -> bool:
        """Whether there is such a stack; one that is deleted is none."""
        try:
            (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return False
            raise
        return stack["StackStatus"] != "DELETE_COMPLETE"
