"""Resource types whose names, ARNs and other attributes follow from the template, Region and account.

Source: AWS CloudFormation Template Reference Guide, "Return values" of each resource type, and the Service
Authorization Reference for the formats of ARNs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")
ACTIVITY = "AWS::StepFunctions::Activity"
STATE_MACHINE_TYPES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")
LAYER_TYPES = ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")
NESTED_TYPES = ("AWS::Serverless::Application", "AWS::CloudFormation::Stack")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource's property for its name, and the formats of its ARN, its Ref and its attributes.

    In a format stand `{name}`, `{arn}`, `{region}`, `{account}`, `{path}` (of a role or policy), `{group}`
    (of a schedule), `{queues}` (the beginning of a queue's URL), and `{uuid}` and `{suffix}`, which are
    always the same here and random on AWS.
    A name that AWS would choose is the logical id, in lower case if the service allows no other.
    """

    name_property: str
    arn: str = ""
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    lower_case: bool = False


def _service(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{{region}}:{{account}}:{resource}"


def _global(service: str, resource: str) -> str:
    return f"arn:aws:{service}::{{account}}:{resource}"


_ARN: Final = "{arn}"
_BUCKET: Final = "{name}.s3.amazonaws.com"
_QUEUE_URL: Final = "{queues}/{account}/{name}"

_FUNCTION: Final = ResourceType("FunctionName", _service("lambda", "function:{name}"))
_LAYER: Final = ResourceType(
    "LayerName", _service("lambda", "layer:{name}:1"), _ARN, {"LayerVersionArn": _ARN}
)
_TABLE: Final = ResourceType("TableName", _service("dynamodb", "table/{name}"))
_STATE_MACHINE: Final = _service("states", "stateMachine:{name}")

UNKNOWN_TYPE: Final = ResourceType("Name")

RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = {
    "AWS::ApiGatewayV2::Api": ResourceType(
        "", attributes={"ApiId": "{name}", "ApiEndpoint": "https://{name}.execute-api.{region}.amazonaws.com"}
    ),
    "AWS::ApiGateway::RestApi": ResourceType("", attributes={"RestApiId": "{name}"}),
    "AWS::Athena::WorkGroup": ResourceType("Name"),
    "AWS::Batch::ComputeEnvironment": ResourceType(
        "ComputeEnvironmentName",
        _service("batch", "compute-environment/{name}"),
        _ARN,
        {"ComputeEnvironmentArn": _ARN},
    ),
    "AWS::Batch::JobDefinition": ResourceType(
        "JobDefinitionName", _service("batch", "job-definition/{name}:1"), _ARN, {"JobDefinitionArn": _ARN}
    ),
    "AWS::Batch::JobQueue": ResourceType(
        "JobQueueName", _service("batch", "job-queue/{name}"), _ARN, {"JobQueueArn": _ARN}
    ),
    "AWS::CloudFormation::Stack": ResourceType("", _service("cloudformation", "stack/{name}/{uuid}"), _ARN),
    "AWS::CloudWatch::Alarm": ResourceType("AlarmName", _service("cloudwatch", "alarm:{name}")),
    "AWS::CodeBuild::Project": ResourceType("Name", _service("codebuild", "project/{name}")),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::ECR::Repository": ResourceType(
        "RepositoryName",
        _service("ecr", "repository/{name}"),
        attributes={"RepositoryUri": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
        lower_case=True,
    ),
    "AWS::ECS::Cluster": ResourceType("ClusterName", _service("ecs", "cluster/{name}")),
    "AWS::ECS::TaskDefinition": ResourceType(
        "Family", _service("ecs", "task-definition/{name}:1"), _ARN, {"TaskDefinitionArn": _ARN}
    ),
    "AWS::Events::ApiDestination": ResourceType("Name", _service("events", "api-destination/{name}/{uuid}")),
    "AWS::Events::Connection": ResourceType("Name", _service("events", "connection/{name}/{uuid}")),
    "AWS::Events::EventBus": ResourceType("Name", _service("events", "event-bus/{name}")),
    "AWS::Glue::Crawler": ResourceType("Name"),
    "AWS::Glue::Database": ResourceType("DatabaseInput.Name", lower_case=True),
    "AWS::Glue::Job": ResourceType("Name"),
    "AWS::Glue::Table": ResourceType("TableInput.Name", lower_case=True),
    "AWS::IAM::ManagedPolicy": ResourceType(
        "ManagedPolicyName", _global("iam", "policy{path}{name}"), _ARN, {"PolicyArn": _ARN}
    ),
    "AWS::IAM::Role": ResourceType("RoleName", _global("iam", "role{path}{name}")),
    "AWS::IAM::User": ResourceType("UserName", _global("iam", "user{path}{name}")),
    "AWS::KMS::Key": ResourceType("", _service("kms", "key/{uuid}"), "{uuid}", {"KeyId": "{uuid}"}),
    "AWS::Kinesis::Stream": ResourceType("Name", _service("kinesis", "stream/{name}")),
    "AWS::KinesisFirehose::DeliveryStream": ResourceType(
        "DeliveryStreamName", _service("firehose", "deliverystream/{name}")
    ),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Lambda::LayerVersion": _LAYER,
    "AWS::Logs::LogGroup": ResourceType("LogGroupName", _service("logs", "log-group:{name}:*")),
    "AWS::MediaConvert::JobTemplate": ResourceType("Name", _service("mediaconvert", "jobTemplates/{name}")),
    "AWS::MediaConvert::Queue": ResourceType("Name", _service("mediaconvert", "queues/{name}")),
    "AWS::OpenSearchService::Domain": ResourceType(
        "DomainName", _service("es", "domain/{name}"), attributes={"DomainArn": _ARN}, lower_case=True
    ),
    "AWS::Pipes::Pipe": ResourceType("Name", _service("pipes", "pipe/{name}")),
    "AWS::RDS::DBCluster": ResourceType(
        "DBClusterIdentifier",
        _service("rds", "cluster:{name}"),
        attributes={"DBClusterArn": _ARN},
        lower_case=True,
    ),
    "AWS::RDS::DBInstance": ResourceType(
        "DBInstanceIdentifier",
        _service("rds", "db:{name}"),
        attributes={"DBInstanceArn": _ARN},
        lower_case=True,
    ),
    "AWS::Redshift::Cluster": ResourceType("ClusterIdentifier", lower_case=True),
    "AWS::S3::Bucket": ResourceType(
        "BucketName",
        "arn:aws:s3:::{name}",
        attributes={
            "DomainName": _BUCKET,
            "DualStackDomainName": "{name}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
        },
        lower_case=True,
    ),
    "AWS::SNS::Topic": ResourceType("TopicName", _service("sns", "{name}"), _ARN, {"TopicArn": _ARN}),
    "AWS::SQS::Queue": ResourceType(
        "QueueName", _service("sqs", "{name}"), _QUEUE_URL, {"QueueUrl": _QUEUE_URL}
    ),
    "AWS::SSM::Parameter": ResourceType("Name"),
    "AWS::SageMaker::Endpoint": ResourceType("EndpointName", _service("sagemaker", "endpoint/{name}"), _ARN),
    "AWS::SageMaker::EndpointConfig": ResourceType(
        "EndpointConfigName", _service("sagemaker", "endpoint-config/{name}"), _ARN
    ),
    "AWS::SageMaker::Model": ResourceType("ModelName", _service("sagemaker", "model/{name}"), _ARN),
    "AWS::Scheduler::Schedule": ResourceType("Name", _service("scheduler", "schedule/{group}/{name}")),
    "AWS::Scheduler::ScheduleGroup": ResourceType("Name", _service("scheduler", "schedule-group/{name}")),
    "AWS::SecretsManager::Secret": ResourceType(
        "Name", _service("secretsmanager", "secret:{name}-{suffix}"), _ARN, {"Id": _ARN}
    ),
    "AWS::Serverless::Application": ResourceType("", _service("cloudformation", "stack/{name}/{uuid}"), _ARN),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::HttpApi": ResourceType(""),
    "AWS::Serverless::Api": ResourceType(""),
    "AWS::Serverless::LayerVersion": _LAYER,
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Serverless::StateMachine": ResourceType("Name", _STATE_MACHINE, _ARN),
    ACTIVITY: ResourceType("Name", _service("states", "activity:{name}"), _ARN),
    "AWS::StepFunctions::StateMachine": ResourceType("StateMachineName", _STATE_MACHINE, _ARN),
}


def is_for_aws_only(resource: Mapping[str, Any]) -> bool:
    """Whether a resource's Metadata say `AwsOnly: true`: no warning then says what it lacks here."""
    return (resource.get("Metadata") or {}).get("AwsOnly") is True


def generate_name(type_: str, logical_id: str, properties: Mapping[str, Any]) -> str:
    """Return the name of a resource that the template does not name."""
    is_fifo = str(properties.get("FifoQueue", properties.get("FifoTopic", False))).lower() == "true"
    lower_case = RESOURCE_TYPES.get(type_, UNKNOWN_TYPE).lower_case
    return (logical_id.lower() if lower_case else logical_id) + (".fifo" if is_fifo else "")
