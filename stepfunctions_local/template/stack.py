"""The stack that a template is deployed to locally."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from stepfunctions_local.account import Account

NO_VALUE = object()


@dataclass(frozen=True, slots=True)
class TargetStack:
    """A stack's account and name, and the parameters that override the template's defaults.

    `aws_url` is where its queues are on this computer; None if they are not.
    `runs_schedules`: its schedules call functions here.
    """

    account: Account = field(default_factory=Account)
    name: str = "local"
    parameters: Mapping[str, str] = field(default_factory=dict)
    aws_url: str | None = None
    runs_schedules: bool = False

    @property
    def queues_url(self) -> str:
        """The beginning of its queues' URLs."""
        return self.aws_url or f"https://sqs.{self.account.region}.amazonaws.com"

    def make_uuid(self, name: str = "") -> str:
        """Return the UUID of the stack or of a resource in it: it is always the same."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.account.arn("cloudformation", f"{self.name}/{name}")))

    @property
    def pseudo_parameters(self) -> dict[str, object]:
        """The parameters that CloudFormation predefines."""
        return {
            "AWS::AccountId": self.account.id,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self.account.region,
            "AWS::StackId": self.account.arn("cloudformation", f"stack/{self.name}/{self.make_uuid()}"),
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
