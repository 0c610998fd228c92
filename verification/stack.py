"""A deployed stack: its outputs and its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack, known by its name."""

    name: str
    cloudformation: "CloudFormationClient"

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the stack, by their names in the template."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._description["Outputs"]}

    def find_resource(self, logical_id: str) -> str:
        """Return the physical ID of a resource."""
        found = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    @property
    def exists(self) -> bool:
        """Whether the stack exists; a deleted stack does not."""
        return self._status not in {None, "DELETE_COMPLETE"}

    @property
    def is_changing(self) -> bool:
        """Whether CloudFormation is changing the stack."""
        return (self._status or "").endswith("_IN_PROGRESS")

    @property
    def _status(self) -> str | None:
        try:
            return str(self._description["StackStatus"])
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise

    @property
    def _description(self) -> Mapping[str, Any]:
        (stack,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return stack
