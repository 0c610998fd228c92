"""Resource types whose names and ARNs follow from the template alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")
ACTIVITY = "AWS::StepFunctions::Activity"
STATE_MACHINE_TYPES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """The property for a resource's name, the format of its ARN, and whether Ref returns that ARN."""

    name_property: str
    arn: str
    ref_is_arn: bool = False


_STATE_MACHINE = "arn:aws:states:{region}:{account}:stateMachine:{name}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{name}"
_TABLE = "arn:aws:dynamodb:{region}:{account}:table/{name}"

RESOURCE_TYPES = {
    "AWS::DynamoDB::Table": ResourceType("TableName", _TABLE),
    "AWS::Events::EventBus": ResourceType("Name", "arn:aws:events:{region}:{account}:event-bus/{name}"),
    "AWS::IAM::Role": ResourceType("RoleName", "arn:aws:iam::{account}:role/{name}"),
    "AWS::Lambda::Function": ResourceType("FunctionName", _FUNCTION),
    "AWS::Logs::LogGroup": ResourceType("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::S3::Bucket": ResourceType("BucketName", "arn:aws:s3:::{name}"),
    "AWS::SNS::Topic": ResourceType("TopicName", "arn:aws:sns:{region}:{account}:{name}", ref_is_arn=True),
    "AWS::SQS::Queue": ResourceType("QueueName", "arn:aws:sqs:{region}:{account}:{name}"),
    "AWS::Serverless::Function": ResourceType("FunctionName", _FUNCTION),
    "AWS::Serverless::SimpleTable": ResourceType("TableName", _TABLE),
    "AWS::Serverless::StateMachine": ResourceType("Name", _STATE_MACHINE, ref_is_arn=True),
    ACTIVITY: ResourceType("Name", "arn:aws:states:{region}:{account}:activity:{name}", ref_is_arn=True),
    "AWS::StepFunctions::StateMachine": ResourceType("StateMachineName", _STATE_MACHINE, ref_is_arn=True),
}


def is_for_aws_only(resource: Mapping[str, Any]) -> bool:
    """Whether a resource's Metadata say `AwsOnly: true`: no warning then says what it lacks here."""
    return (resource.get("Metadata") or {}).get("AwsOnly") is True
