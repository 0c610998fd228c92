"""Finds the events of a template that would call its functions and state machines on AWS, and do not here."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from stepfunctions_local.template.qualified import QUALIFIED
from stepfunctions_local.template.references import find_names
from stepfunctions_local.template.resources import FUNCTION_TYPES, STATE_MACHINE_TYPES, is_for_aws_only

_SOURCES: Final = {
    "AWS::ApiGateway::Method": ("Integration",),
    "AWS::ApiGateway::RestApi": ("Body",),
    "AWS::ApiGatewayV2::Api": ("Body", "Target"),
    "AWS::ApiGatewayV2::Integration": ("IntegrationUri", "RequestParameters"),
    "AWS::AppSync::DataSource": ("LambdaConfig",),
    "AWS::CloudFormation::CustomResource": ("ServiceToken",),
    "AWS::CloudWatch::Alarm": ("AlarmActions", "InsufficientDataActions", "OKActions"),
    "AWS::Cognito::UserPool": ("LambdaConfig",),
    "AWS::Events::Rule": ("Targets",),
    "AWS::IoT::TopicRule": ("TopicRulePayload",),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Pipes::Pipe": ("Target", "Enrichment"),
    "AWS::S3::Bucket": ("NotificationConfiguration",),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::SNS::Topic": ("Subscription",),
    "AWS::Scheduler::Schedule": ("Target",),
    "AWS::SecretsManager::RotationSchedule": ("RotationLambdaARN",),
    "AWS::Serverless::Api": ("Auth", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("Auth", "DefinitionBody"),
}
"""Resources that call others, with the properties that name them."""

_CUSTOM: Final = "Custom::"
"""The beginning of the types of custom resources, which a function of the template makes."""

_CALLED_TYPES: Final = FUNCTION_TYPES + STATE_MACHINE_TYPES


class EventWarning(str):
    """A warning of events that call nothing here. The build is nevertheless as intended."""

    __slots__ = ()


def warn_of_events(resources: Mapping[str, Any], served: Collection[str] = ()) -> tuple[EventWarning, ...]:
    """Return a warning for each function and state machine that has events, with the events' names and types.

    They are those of SAM's Events and FunctionUrlConfig, and other resources that call one of the two. A
    resource for AWS only is left out, and so are the `served` ones: logical ids, or `Function.Event`.
    """
    called = [name for name, resource in resources.items() if resource.get("Type") in _CALLED_TYPES]
    found = {
        name: [*_list_own(name, resources[name], served), *_list_callers(resources, name, served)]
        for name in called
    }
    return tuple(
        EventWarning(
            f"{name} has events that call nothing here: {', '.join(events)}. Call it yourself to try them."
        )
        for name, events in found.items()
        if events
    )


def _list_own(called: str, resource: Mapping[str, Any], served: Collection[str]) -> Iterator[str]:
    properties = resource.get("Properties") or {}
    events = properties.get("Events")
    for name, event in events.items() if isinstance(events, dict) else ():
        if f"{called}.{name}" in served:
            continue
        kind = event.get("Type") if isinstance(event, dict) else None
        if not (isinstance(event, dict) and _is_disabled(event.get("Properties"))):
            yield f"{name} ({kind or 'no type'})"
    if properties.get("FunctionUrlConfig"):
        yield "FunctionUrlConfig"


def _list_callers(resources: Mapping[str, Any], called: str, served: Collection[str]) -> Iterator[str]:
    for name, resource in resources.items():
        kind, properties = str(resource.get("Type")), resource.get("Properties") or {}
        if is_for_aws_only(resource) or name in served:
            continue
        parts = ("ServiceToken",) if kind.startswith(_CUSTOM) else _SOURCES.get(kind, ())
        named = (_find_owners(resources, properties.get(part)) for part in parts)
        if not _is_disabled(properties) and any(called in names for names in named):
            yield f"{name} ({kind})"


def _is_disabled(properties: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a schedule, rule or mapping calls nothing on AWS either."""
    if not isinstance(properties, dict):
        return False
    return properties.get("State") == "DISABLED" or properties.get("Enabled") is False


def _find_owners(resources: Mapping[str, Any], value: Any) -> set[str]:  # noqa: ANN401 - any JSON value
    """Return the resources that a value names; a version or alias stands for what it belongs to, too."""
    named, found = set(find_names(value)), set[str]()
    while named - found:
        found |= named
        qualified = (resources[name] for name in named if resources.get(name, {}).get("Type") in QUALIFIED)
        named = {name for resource in qualified for name in find_names(resource.get("Properties"))}
    return found
