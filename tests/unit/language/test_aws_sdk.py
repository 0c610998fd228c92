"""Every service and action of AWS's SDK is a Task, under the names that the SDK for Java has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepfunctions_local.language import Integration
from stepfunctions_local.language.aws_sdk import UNSUPPORTED, botocore_name, error_prefix, sdk_service
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.operation import find_faults, java_case
from stepfunctions_local.language.resource import Pattern, list_models, parse_resource
from stepfunctions_local.service_model import java_name, list_service_names, service_model

SERVICES = st.sampled_from(sorted(list_service_names()))

DOCUMENTED = {
    "acm-pca": ("acmpca", "AcmPca"),
    "apigateway": ("apigateway", "ApiGateway"),
    "apigatewayv2": ("apigatewayv2", "ApiGatewayV2"),
    "cognito-idp": ("cognitoidentityprovider", "CognitoIdentityProvider"),
    "config": ("config", "Config"),
    "dynamodb": ("dynamodb", "DynamoDb"),
    "dynamodbstreams": ("dynamodbstreams", "DynamoDbStreams"),
    "ecr-public": ("ecrpublic", "EcrPublic"),
    "elbv2": ("elasticloadbalancingv2", "ElasticLoadBalancingV2"),
    "emr-containers": ("emrcontainers", "EmrContainers"),
    "events": ("eventbridge", "EventBridge"),
    "fsx": ("fsx", "FSx"),
    "iotwireless": ("iotwireless", "IotWireless"),
    "lambda": ("lambda", "Lambda"),
    "lex-runtime": ("lexruntime", "LexRuntime"),
    "logs": ("cloudwatchlogs", "CloudWatchLogs"),
    "memorydb": ("memorydb", "MemoryDb"),
    "mturk": ("mturk", "MTurk"),
    "rds-data": ("rdsdata", "RdsData"),
    "s3": ("s3", "S3"),
    "sagemaker-a2i-runtime": ("sagemakera2iruntime", "SageMakerA2IRuntime"),
    "secretsmanager": ("secretsmanager", "SecretsManager"),
    "serverlessrepo": ("serverlessapplicationrepository", "ServerlessApplicationRepository"),
    "sesv2": ("sesv2", "SesV2"),
    "ssm": ("ssm", "Ssm"),
    "stepfunctions": ("sfn", "Sfn"),
    "wafv2": ("wafv2", "Wafv2"),
    "xray": ("xray", "XRay"),
}
"""Service and error prefix as the Developer Guide has them, by botocore's name."""


@pytest.mark.parametrize("name", DOCUMENTED)
def test_names_are_those_of_the_developer_guide(name: str) -> None:
    """They follow from the service's id by the rule of the SDK for Java."""
    model = service_model(name)
    assert (sdk_service(model), error_prefix(model)) == DOCUMENTED[name]
    assert botocore_name(DOCUMENTED[name][0]) == name


@pytest.mark.parametrize(
    ("service_id", "name"),
    [("IoTFleetHub", "IoTFleetHub"), ("IoT", "Iot"), ("OpsWorksCM", "OpsWorksCm"), ("Route 53", "Route53")],
)
def test_names_of_ids_with_acronyms_follow_the_rule(service_id: str, name: str) -> None:
    """They are of services that the SDK had."""
    assert java_name(service_id) == name


@settings(max_examples=15, deadline=None)
@given(SERVICES, st.data())
def test_any_action_of_any_service_is_a_resource(name: str, data: st.DataObject) -> None:
    """Streams of events are no answers, and AWS refuses some old actions."""
    model = service_model(name)
    service = sdk_service(model)
    assert botocore_name(service) == (name if service != "pinpointsmsvoice" else "pinpoint-sms-voice")
    operation = model.operation_model(data.draw(st.sampled_from(sorted(model.operation_names))))
    action = operation.name[0].lower() + operation.name[1:]
    arn = f"arn:aws:states:::aws-sdk:{service}:{action}"
    if operation.has_event_stream_input or operation.has_event_stream_output:
        return
    if operation.name in UNSUPPORTED.get(service, ()):
        return
    assert parse_resource(arn) == Integration(arn, f"aws-sdk:{service}", action)
    waiting = parse_resource(f"{arn}.waitForTaskToken")
    assert isinstance(waiting, Integration)
    assert waiting.pattern is Pattern.WAIT_FOR_TASK_TOKEN
    with pytest.raises(ValueError, match="is not recognized"):
        parse_resource(f"arn:aws:states:::aws-sdk:{service}:{operation.name}")


def test_an_arn_with_region_and_account_is_the_same_resource() -> None:
    """Tools write it."""
    resource = parse_resource("arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject")
    assert isinstance(resource, Integration)
    assert (resource.service, resource.name) == ("aws-sdk:s3", "getObject")


@pytest.mark.parametrize(
    ("name", "parameters", "faults"),
    [
        ("s3:putObject", {"Bucket": "b", "Key": "k", "Body": {"a": 1}}, []),
        ("s3:putObject", {"Bucket": "b", "Key": "k", "Body": False}, []),
        ("sfn:startExecution", {"StateMachineArn": "a", "Input": {"a": 1}}, []),
        ("secretsmanager:createSecret", {"Name": "n", "SecretString": {"a": 1}}, []),
        ("kms:encrypt", {"KeyId": "k", "Plaintext": "plain_text"}, []),
        ("batch:submitJob", {"jobName": "j"}, ["jobName"]),
        ("rds:startDBInstance", {"DbInstanceIdentifier": "d"}, []),
        ("rds:startDBInstance", {"DBInstanceIdentifier": "d"}, ["DBInstanceIdentifier"]),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"a": {"Bool": True}, "b": {"Ss": ["x"]}}}, []),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"a": {"BOOL": True}, "b": {"SS": ["x"]}}}, []),
        ("s3:getObject", {"Bucket": 5, "Key": "k"}, ["Bucket"]),
        ("s3:getObject", {"Bucket": "b"}, ["Key"]),
        ("iam:listRoles", {"Nothing": 1}, ["Nothing"]),
        ("sts:getCallerIdentity", {}, []),
        ("emrserverless:startJobRun", {"ApplicationId": "a", "ExecutionRoleArn": "r"}, []),
    ],
)
def test_parameters_have_the_names_of_the_model_in_pascal_case(
    name: str, parameters: Json, faults: list[str]
) -> None:
    """Bytes are any JSON, texts take objects, and the SDK makes the tokens of idempotent operations up."""
    service, _, action = name.partition(":")
    found = find_faults(Integration("", f"aws-sdk:{service}", action), parameters)
    assert all(any(f"'{field}'" in fault for fault in found) for field in faults)
    assert bool(found) == bool(faults)


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("ARN", "Arn"),
        ("ETag", "ETag"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("S", "S"),
        ("BOOL", "Bool"),
        ("NULL", "Nul"),
        ("stateMachineArn", "StateMachineArn"),
    ],
)
def test_members_have_the_names_of_java_with_a_capital(member: str, field: str) -> None:
    """An acronym at the begin is a word."""
    assert java_case(member) == field


def test_models_of_a_definition_are_found_in_its_text() -> None:
    """They are loaded before it is parsed."""
    text = (
        '{"Resource": "arn:aws:states:::aws-sdk:cloudwatchlogs:startQuery"} '
        '{"Resource":"arn:aws:states:::elasticmapreduce:addStep.sync"} '
        '{"Resource":"arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject"} '
        '{"Resource":"arn:aws:states:::http:invoke"} {"Resource":"arn:aws:states:::aws-sdk:nothing:x"}'
    )
    assert {*list_models(text)} == {"logs", "emr", "s3"}
