"""The stack that a template would become, if it were deployed to the account that is played here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stepfunctions_local.account import Account

NO_VALUE = object()


@dataclass(frozen=True, slots=True)
class TargetStack:
    """A stack's account, its name, and the parameters that do not have their defaults."""

    account: Account = field(default_factory=Account)
    name: str = "local"
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def pseudo_parameters(self) -> dict[str, object]:
        """What CloudFormation sets by itself."""
        return {
            "AWS::AccountId": self.account.id,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self.account.region,
            "AWS::StackId": self.account.arn("cloudformation", f"stack/{self.name}/local"),
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
