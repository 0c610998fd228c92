"""What a Task calls: a Lambda function by its ARN, or a service integration."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

_LAMBDA_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?:(?P<account>\d{12}):)?"
    r"function:(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,129}))?"
)
_INTEGRATION_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:::(?P<service>[a-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
)


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """A function that is called with the Task's input as its event.

    `account` is absent in an ARN that AWS would refuse and that is accepted here. `qualifier` is a version or
    an alias.
    """

    arn: str
    name: str
    account: str | None = None
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Integration:
    """An action of a service, such as `lambda` `invoke`, called with the Task's parameters."""

    arn: str
    service: str
    action: str


Resource: TypeAlias = LambdaFunction | Integration


@dataclass(frozen=True, slots=True)
class Signature:
    """Which parameters an integration takes, and which it cannot do without."""

    required: frozenset[str]
    optional: frozenset[str]


SIGNATURES: Final = {
    ("lambda", "invoke"): Signature(
        required=frozenset({"FunctionName"}),
        optional=frozenset({"ClientContext", "InvocationType", "LogType", "Payload", "Qualifier"}),
    ),
}
"""The integrations that work here. Source: "Invoke an AWS Lambda function with Step Functions"."""


def parse_resource(arn: str) -> Resource:
    """Read the Resource of a Task. Raises ValueError for what cannot be called here."""
    if function := parse_lambda_arn(arn):
        return function
    integration = _INTEGRATION_ARN.fullmatch(arn)
    if integration and (integration["service"], integration["action"]) in SIGNATURES:
        return Integration(arn, integration["service"], integration["action"])
    raise ValueError(
        f"The resource provided {arn} is not supported here. "
        "Supported are arn:aws:states:::lambda:invoke and the ARN of a Lambda function."
    )


def parse_lambda_arn(arn: str) -> LambdaFunction | None:
    """Read the ARN of a Lambda function, if it is one."""
    form = _LAMBDA_ARN.fullmatch(arn)
    return LambdaFunction(arn, form["name"], form["account"], form["qualifier"]) if form else None
