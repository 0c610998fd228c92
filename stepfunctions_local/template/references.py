"""Finds the resources of a template that its values refer to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stepfunctions_local.template.resources import is_for_aws_only

_NAME: Final = re.compile(r"\$\{(\w+)(?:\.\w+)*\}")

_SERVICES: Final = {
    "AWS::DynamoDB::GlobalTable": "DYNAMODB",
    "AWS::DynamoDB::Table": "DYNAMODB",
    "AWS::Events::EventBus": "EVENTBRIDGE",
    "AWS::KMS::Key": "KMS",
    "AWS::Kinesis::Stream": "KINESIS",
    "AWS::KinesisFirehose::DeliveryStream": "FIREHOSE",
    "AWS::S3::Bucket": "S3",
    "AWS::SNS::Topic": "SNS",
    "AWS::SQS::Queue": "SQS",
    "AWS::SSM::Parameter": "SSM",
    "AWS::SecretsManager::Secret": "SECRETS_MANAGER",
    "AWS::Serverless::SimpleTable": "DYNAMODB",
}
"""The services of resources that exist only on AWS, as SDKs name them in AWS_ENDPOINT_URL_DYNAMODB."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A function's environment variable that refers to a resource of a service other than the local ones."""

    function: str
    variable: str
    resource: str
    service: str


def find_references(
    resources: Mapping[str, Any], functions: tuple[str, ...], variables: Mapping[str, Mapping[str, Any]]
) -> tuple[Reference, ...]:
    """Return the references of functions' variables, which are given as the template has them."""
    return tuple(
        Reference(function, variable, name, _SERVICES[kind])
        for function in functions
        if not is_for_aws_only(resources[function])
        for variable, value in variables[function].items()
        for name in sorted(set(find_names(value)))
        if (kind := str(resources.get(name, {}).get("Type"))) in _SERVICES
    )


def find_names(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the logical ids that a value refers to."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _find_referred(key, item)
            yield from find_names(item)
    if isinstance(value, list):
        for item in value:
            yield from find_names(item)


def _find_referred(key: str, item: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the logical ids in the argument of an intrinsic function: without attribute, version or alias."""
    if key == "Ref" and isinstance(item, str):
        yield item.partition(".")[0]
    if key == "Fn::GetAtt" and isinstance(item, list) and item:
        yield str(item[0]).partition(".")[0]
    if key == "Fn::Sub":
        text = item[0] if isinstance(item, list) and item else item
        yield from _NAME.findall(text) if isinstance(text, str) else ()
