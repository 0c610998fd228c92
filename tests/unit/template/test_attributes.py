"""Names, references and attributes of resources, as far as the template and the account determine them."""

import re
from dataclasses import replace

import pytest

from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.resources import RESOURCE_TYPES
from tests.unit.template.project import STACK

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SCOPE = "eu-west-1:000000000001"


def resolve(type_: str, value: object, **properties: object) -> str:
    """Return a value that refers to the resource R of a type."""
    template = {"Resources": {"R": {"Type": type_, "Properties": properties}}}
    return str(LocalValues(template, STACK).resolve(value, "here"))


def ref(type_: str, **properties: object) -> str:
    """Return the value of a reference."""
    return resolve(type_, {"Ref": "R"}, **properties)


def get(type_: str, attribute: str, **properties: object) -> str:
    """Return an attribute."""
    return resolve(type_, {"Fn::GetAtt": ["R", attribute]}, **properties)


@pytest.mark.parametrize(
    ("type_", "properties", "expected"),
    [
        ("AWS::SQS::Queue", {"QueueName": "jobs"}, "https://sqs.eu-west-1.amazonaws.com/000000000001/jobs"),
        ("AWS::SQS::Queue", {"FifoQueue": True}, "https://sqs.eu-west-1.amazonaws.com/000000000001/R.fifo"),
        ("AWS::SNS::Topic", {"TopicName": "paid"}, f"arn:aws:sns:{SCOPE}:paid"),
        ("AWS::SNS::Topic", {"FifoTopic": "true"}, f"arn:aws:sns:{SCOPE}:R.fifo"),
        ("AWS::S3::Bucket", {}, "r"),
        ("AWS::S3::Bucket", {"BucketName": "orders"}, "orders"),
        ("AWS::DynamoDB::Table", {}, "R"),
        ("AWS::IAM::ManagedPolicy", {}, "arn:aws:iam::000000000001:policy/R"),
        ("AWS::StepFunctions::Activity", {"Name": "pack"}, f"arn:aws:states:{SCOPE}:activity:pack"),
        ("AWS::Batch::JobDefinition", {}, f"arn:aws:batch:{SCOPE}:job-definition/R:1"),
        ("AWS::ECS::TaskDefinition", {"Family": "web"}, f"arn:aws:ecs:{SCOPE}:task-definition/web:1"),
        ("AWS::Glue::Database", {"DatabaseInput": {"Name": "sales"}}, "sales"),
        ("AWS::Serverless::LayerVersion", {}, f"arn:aws:lambda:{SCOPE}:layer:R:1"),
        ("AWS::Serverless::Api", {"Name": "orders"}, "R"),
    ],
)
def test_ref_is_that_of_the_type(type_: str, properties: dict[str, object], expected: str) -> None:
    """A name, an ARN or a URL, with the name of the template or else the logical id."""
    assert ref(type_, **properties) == expected


@pytest.mark.parametrize(
    ("type_", "attribute", "properties", "expected"),
    [
        ("AWS::SQS::Queue", "Arn", {}, f"arn:aws:sqs:{SCOPE}:R"),
        ("AWS::SQS::Queue", "QueueUrl", {}, "https://sqs.eu-west-1.amazonaws.com/000000000001/R"),
        ("AWS::SNS::Topic", "TopicArn", {}, f"arn:aws:sns:{SCOPE}:R"),
        ("AWS::SNS::Topic", "TopicName", {}, "R"),
        ("AWS::DynamoDB::GlobalTable", "Arn", {"TableName": "t"}, f"arn:aws:dynamodb:{SCOPE}:table/t"),
        ("AWS::S3::Bucket", "Arn", {}, "arn:aws:s3:::r"),
        ("AWS::S3::Bucket", "RegionalDomainName", {}, "r.s3.eu-west-1.amazonaws.com"),
        ("AWS::IAM::Role", "Arn", {"Path": "/service/"}, "arn:aws:iam::000000000001:role/service/R"),
        ("AWS::Events::EventBus", "Name", {"Name": "bus"}, "bus"),
        ("AWS::Scheduler::Schedule", "Arn", {}, f"arn:aws:scheduler:{SCOPE}:schedule/default/R"),
        ("AWS::ECR::Repository", "RepositoryUri", {}, "000000000001.dkr.ecr.eu-west-1.amazonaws.com/r"),
        ("AWS::RDS::DBCluster", "DBClusterArn", {}, f"arn:aws:rds:{SCOPE}:cluster:r"),
        ("AWS::SSM::Parameter", "Value", {"Value": {"Ref": "AWS::Region"}}, "eu-west-1"),
        ("AWS::New::Type", "Size", {"Size": 7}, "7"),
    ],
)
def test_attribute_is_that_of_the_type(
    type_: str, attribute: str, properties: dict[str, object], expected: str
) -> None:
    """One that is called as a property is that property."""
    assert get(type_, attribute, **properties) == expected


@pytest.mark.parametrize("type_", RESOURCE_TYPES)
def test_each_format_of_a_type_is_filled_in(type_: str) -> None:
    """Nothing of a format is left over."""
    names = [name for name, known in RESOURCE_TYPES.items() if name == type_ and known.arn]
    attributes = [*RESOURCE_TYPES[type_].attributes, *("Arn" for _ in names)]
    assert all(re.fullmatch(r"[^{}]+", value) for value in (ref(type_), *(get(type_, a) for a in attributes)))


def test_ids_that_aws_chooses_stay_the_same() -> None:
    """Two resources differ, and two stacks do."""
    assert re.fullmatch(UUID, ref("AWS::KMS::Key"))
    assert get("AWS::KMS::Key", "Arn") == f"arn:aws:kms:{SCOPE}:key/{ref('AWS::KMS::Key')}"
    secret = ref("AWS::SecretsManager::Secret", Name="db")
    assert re.fullmatch(rf"arn:aws:secretsmanager:{SCOPE}:secret:db-[0-9a-f]{{6}}", secret)
    assert secret == ref("AWS::SecretsManager::Secret", Name="db")


def test_stack_id_ends_in_a_uuid() -> None:
    """Another name means another one."""
    stack_id = str(STACK.pseudo_parameters["AWS::StackId"])
    assert re.fullmatch(rf"arn:aws:cloudformation:{SCOPE}:stack/orders/{UUID}", stack_id)
    assert stack_id == STACK.pseudo_parameters["AWS::StackId"]
    assert stack_id != replace(STACK, name="other").pseudo_parameters["AWS::StackId"]
