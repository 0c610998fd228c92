"""The services and actions of `arn:aws:states:::aws-sdk:SERVICE:action`: all that botocore has models of.

Source: "Learning to use AWS service SDK integrations in Step Functions".
"""

from functools import cache
from typing import Final

from botocore.model import OperationModel, ServiceModel

from stepfunctions_local.service_model import java_name, list_service_names, service_model

PREFIX: Final = "aws-sdk:"
"""The begin of the service in an Integration that is one of these."""

_OTHER_NAMES: Final = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
"""Botocore's names of the services whose names are not those of the SDK for Java with hyphens."""

UNSUPPORTED: Final = {
    "applicationdiscovery": {"DescribeExportConfigurations", "ExportConfigurations"},
    "codedeploy": {
        *("BatchGetDeploymentInstances", "GetDeploymentInstance", "ListDeploymentInstances"),
        "SkipWaitTimeForInstanceTermination",
    },
    "comprehendmedical": {"DetectEntities"},
    "dataexchange": {"SendApiAsset"},
    "directconnect": {
        *("AllocateConnectionOnInterconnect", "DescribeConnectionLoa", "DescribeInterconnectLoa"),
        "DescribeConnectionsOnInterconnect",
    },
    "efs": {"CreateTags"},
    "emr": {"DescribeJobFlows"},
    "iot": {
        *("AttachPrincipalPolicy", "DetachPrincipalPolicy", "ListPolicyPrincipals", "ListPrincipalPolicies"),
    },
    "lambda": {"InvokeAsync"},
    "mediapackage": {"RotateChannelCredentials"},
    "rdsdata": {"ExecuteSql"},
    "s3": {*("GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification")},
    "shield": {"DeleteSubscription"},
    "sts": {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"},
}
"""The actions that AWS refuses, besides streams of events."""


def sdk_service(model: ServiceModel) -> str:
    """Return the name of a service in the ARN of an aws-sdk integration: `sfn`, `cloudwatchlogs`."""
    return java_name(model.service_id).lower()


def error_prefix(model: ServiceModel) -> str:
    """Return the first part of the names of a service's errors: `S3`, `DynamoDb`."""
    return java_name(model.service_id)


@cache
def botocore_name(service: str) -> str | None:
    """Return botocore's name of an SDK service, or None if it has no model of it."""
    names = {name.replace("-", ""): name for name in list_service_names()}
    if service in _OTHER_NAMES:
        return _OTHER_NAMES[service]
    name = names.get(service)
    return None if name in _OTHER_NAMES.values() else name


@cache
def find_operation(service: str, action: str) -> OperationModel | None:
    """Return the model of an action, which is written in camel case; None if AWS does not have it."""
    name = botocore_name(service)
    if name is None:
        return None
    model = service_model(name)
    operation = action[:1].upper() + action[1:]
    is_camel_case = action[:1].islower()
    if not is_camel_case or operation not in model.operation_names:
        return None
    if operation in UNSUPPORTED.get(service, ()):
        return None
    found = model.operation_model(operation)
    return None if found.has_event_stream_input or found.has_event_stream_output else found
