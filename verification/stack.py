"""A deployed stack: its outputs, and whether it is still there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack by its name."""

    name: str
    cloudformation: "CloudFormationClient"

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the stack gives out, by the names in the template."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    @property
    def is_there(self) -> bool:
        """Whether there is such a stack; one that is deleted is none."""
        return self._status not in {None, "DELETE_COMPLETE"}

    @property
    def is_changing(self) -> bool:
        """Whether CloudFormation is at work on the stack."""
        return (self._status or "").endswith("_IN_PROGRESS")

    @property
    def _status(self) -> str | None:
        try:
            return str(self._described["StackStatus"])
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise

    @property
    def _described(self) -> Mapping[str, Any]:
        (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return stack
