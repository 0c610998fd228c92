"""The resources that a Task can call: a Lambda function by its ARN, or a service integration."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

_LAMBDA_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?:(?P<account>\d{12}):)?"
    r"function:(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,129}))?"
)
_INTEGRATION_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:::(?P<service>[a-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?P<pattern>\.[A-Za-z0-9:]+)?"
)


class Pattern(StrEnum):
    """A service integration pattern. Source: "Discover service integration patterns"."""

    REQUEST_RESPONSE = ""
    """The Task ends when the service has responded."""
    RUN_A_JOB = ".sync"
    """The Task ends when the job started by the call has ended."""
    RUN_A_JOB_AND_READ = ".sync:2"
    """As RUN_A_JOB; the job's input and output are JSON, not text."""
    WAIT_FOR_TASK_TOKEN = ".waitForTaskToken"  # noqa: S105 - a name of AWS's, no secret
    """The Task ends when the token passed to the call is sent back."""


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """A function that is called with the Task's input as its event.

    `account` is absent in ARNs that AWS would refuse and this endpoint accepts. `qualifier` is a version or
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
    pattern: Pattern = Pattern.REQUEST_RESPONSE

    @property
    def name(self) -> str:
        """The action with its pattern, as histories show it: `startExecution.sync`."""
        return f"{self.action}{self.pattern}"


Resource: TypeAlias = LambdaFunction | Integration

_ONCE = (Pattern.REQUEST_RESPONSE,)
_CALLBACK = (*_ONCE, Pattern.WAIT_FOR_TASK_TOKEN)

PATTERNS: Final = {
    ("dynamodb", "deleteItem"): _ONCE,
    ("dynamodb", "getItem"): _ONCE,
    ("dynamodb", "putItem"): _ONCE,
    ("dynamodb", "updateItem"): _ONCE,
    ("events", "putEvents"): _CALLBACK,
    ("lambda", "invoke"): _CALLBACK,
    ("sns", "publish"): _CALLBACK,
    ("sqs", "sendMessage"): _CALLBACK,
    ("states", "startExecution"): tuple(Pattern),
}
"""The integrations that are supported here, with their patterns. Source: "Integrating optimized services"."""


def parse_resource(arn: str) -> Resource:
    """Parse the Resource of a Task. Raises ValueError if it is not supported here."""
    if function := parse_lambda_arn(arn):
        return function
    if form := _INTEGRATION_ARN.fullmatch(arn):
        service, action, pattern = form["service"], form["action"], form["pattern"] or ""
        if pattern in PATTERNS.get((service, action), ()):
            return Integration(arn, service, action, Pattern(pattern))
    raise ValueError(f"The resource provided {arn} is not supported here. Supported are {_list_supported()}.")


def parse_lambda_arn(arn: str) -> LambdaFunction | None:
    """Parse the ARN of a Lambda function; return None for any other."""
    form = _LAMBDA_ARN.fullmatch(arn)
    return LambdaFunction(arn, form["name"], form["account"], form["qualifier"]) if form else None


def _list_supported() -> str:
    names = (
        f"{service}:{action}{pattern}"
        for (service, action), patterns in PATTERNS.items()
        for pattern in patterns
    )
    return f"the ARN of a Lambda function, and arn:aws:states::: with {', '.join(names)}"
