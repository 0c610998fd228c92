"""The stack that a template would become, if it were deployed to the account that is played here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_VALUE = object()


@dataclass(frozen=True, slots=True)
class LocalStack:
    """Account, Region and name of the stack, and the parameters it was given instead of their defaults."""

    account: str = "123456789012"
    region: str = "us-east-1"
    name: str = "local"
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def pseudo_parameters(self) -> dict[str, object]:
        """What CloudFormation sets by itself."""
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/local",
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
