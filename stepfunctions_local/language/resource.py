"""The resources of a Task: a Lambda function or an activity by its ARN, or a service integration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from botocore.model import OperationModel, ServiceModel

from stepfunctions_local.language import aws_sdk, http_task
from stepfunctions_local.language.optimized import SERVICES, Action
from stepfunctions_local.language.pattern import Pattern
from stepfunctions_local.service_model import service_model

__all__ = [
    "Activity",
    "Integration",
    "LambdaFunction",
    "Pattern",
    "Resource",
    "list_models",
    "parse_lambda_arn",
    "parse_resource",
]

_LAMBDA_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?:(?P<account>\d{12}):)?"
    r"function:(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,129}))?"
)
_ACTIVITY_ARN = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:activity:(?P<name>[^\s:/]{1,80})")
_INTEGRATION_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):states:(?:(?P<region>[a-z0-9-]+):(?P<account>\d{12})|:):"
    r"(?P<service>(?:aws-sdk:)?[a-z0-9-]+):(?P<action>[A-Za-z0-9]+)(?P<pattern>\.[A-Za-z0-9:]+)?"
)
_NAMED_SERVICE = re.compile(r'"arn:aws[a-z-]*:states:[^"]*?:(aws-sdk:[a-z0-9]+|[a-z0-9-]+):[A-Za-z0-9.:]+"')

_SDK_PATTERNS: Final = (Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN)


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


@dataclass(frozen=True)
class Integration:
    """An action of a service, such as `lambda` `invoke`, called with the Task's parameters.

    The `service` is that of an optimized integration, or `aws-sdk:` and the name that the SDK for Java has
    for it.
    """

    arn: str
    service: str
    action: str
    pattern: Pattern = Pattern.REQUEST_RESPONSE

    @property
    def name(self) -> str:
        """The action with its pattern, as histories show it: `startExecution.sync`."""
        return f"{self.action}{self.pattern}"

    @property
    def is_aws_sdk(self) -> bool:
        """Whether it calls the service exactly as AWS's SDK does."""
        return self.service.startswith(aws_sdk.PREFIX)

    @cached_property
    def optimized(self) -> Action:
        """All that it has beyond the service's model."""
        service = SERVICES.get(self.service)
        return service.actions.get(self.action, Action()) if service else Action()

    @cached_property
    def operation(self) -> OperationModel:
        """The model of the operation that it calls."""
        operation = _find_operation(self)
        if operation is None:
            raise ValueError(f"{self.service} has no action {self.action}")
        return operation


@dataclass(frozen=True, slots=True)
class Activity:
    """A name under which workers ask for Tasks. Nothing is called: the Task waits for a worker."""

    arn: str
    name: str


Resource: TypeAlias = LambdaFunction | Integration | Activity


def parse_resource(arn: str) -> Resource:
    """Parse the Resource of a Task. Raises ValueError if AWS refuses it."""
    if function := parse_lambda_arn(arn):
        return function
    if activity := _ACTIVITY_ARN.fullmatch(arn):
        return Activity(arn, activity["name"])
    form = _INTEGRATION_ARN.fullmatch(arn)
    if form and (integration := _parse_integration(form)):
        return integration
    raise ValueError(
        f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )


def parse_lambda_arn(arn: str) -> LambdaFunction | None:
    """Parse the ARN of a Lambda function; return None for any other."""
    form = _LAMBDA_ARN.fullmatch(arn)
    return LambdaFunction(arn, form["name"], form["account"], form["qualifier"]) if form else None


def list_models(definition: str) -> Iterator[str]:
    """Yield botocore's names of the models that a definition's Tasks need."""
    for service in {*_NAMED_SERVICE.findall(definition)}:
        name = _find_model(service)
        if name and name not in http_task.MODELS:
            yield name


def _parse_integration(form: re.Match[str]) -> Integration | None:
    pattern = form["pattern"] or ""
    if pattern not in list(Pattern):
        return None
    integration = Integration(form.string, form["service"], form["action"], Pattern(pattern))
    if form["region"] and not integration.is_aws_sdk:
        return None
    allowed = integration.pattern in _list_patterns(integration)
    return integration if allowed and _find_operation(integration) else None


def _list_patterns(integration: Integration) -> tuple[Pattern, ...]:
    if integration.is_aws_sdk:
        return _SDK_PATTERNS
    if integration.service in http_task.PATTERNS:
        return http_task.PATTERNS[integration.service]
    service = SERVICES.get(integration.service)
    action = service.actions.get(integration.action) if service else None
    return action.patterns if action else ()


def _find_operation(integration: Integration) -> OperationModel | None:
    service, action = integration.service, integration.action
    if integration.is_aws_sdk:
        return aws_sdk.find_operation(service.removeprefix(aws_sdk.PREFIX), action)
    if service in http_task.MODELS:
        return http_task.find_operation(service, action)
    model = service_model(integration.optimized.model or SERVICES[service].model)
    name = integration.optimized.operation or action[:1].upper() + action[1:]
    return _take_anything(model, name) if integration.optimized.not_here else model.operation_model(name)


def _take_anything(model: ServiceModel, name: str) -> OperationModel:
    """Return an operation that no model of a service describes, with any parameters."""
    shape = {"type": "structure", "members": {}, "document": True}
    described = {"name": name, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": name}}
    metadata = {**model.metadata}
    own = {"metadata": metadata, "operations": {name: described}, "shapes": {name: shape}}
    return ServiceModel(own, model.service_name).operation_model(name)


def _find_model(service: str) -> str | None:
    if service.startswith(aws_sdk.PREFIX):
        return aws_sdk.botocore_name(service.removeprefix(aws_sdk.PREFIX))
    return SERVICES[service].model if service in SERVICES else None
