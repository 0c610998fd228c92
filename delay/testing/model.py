"""Shapes, limits and errors of the API, from AWS's own model in botocore."""

from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore.config import Config
from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import ClientError, ParamValidationError
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

STEP_FUNCTIONS = "stepfunctions"

_NAMES = {
    "start_execution": "StartExecution",
    "describe_execution": "DescribeExecution",
    "stop_execution": "StopExecution",
    "list_executions": "ListExecutions",
    "get_execution_history": "GetExecutionHistory",
    "redrive_execution": "RedriveExecution",
    "describe_state_machine_alias": "DescribeStateMachineAlias",
    "receive_message": "ReceiveMessage",
    "delete_message": "DeleteMessage",
    "change_message_visibility_batch": "ChangeMessageVisibilityBatch",
    "get_queue_attributes": "GetQueueAttributes",
}


@cache
def service_model(service: str) -> ServiceModel:
    """Return the model of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def exceptions(service: str) -> Any:  # noqa: ANN401 - botocore has no types
    """Return the error classes of a service, like a client's `exceptions`."""
    return ClientExceptionsFactory().create_client_exceptions(service_model(service))


def check(method: str, parameters: Mapping[str, Any], *, service: str = STEP_FUNCTIONS) -> None:
    """Raise the ParamValidationError that boto3 raises for invalid parameters."""
    shape: Any = service_model(service).operation_model(_NAMES[method]).input_shape
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())


def aws_error(method: str, code: str, message: str, *, service: str = STEP_FUNCTIONS) -> ClientError:
    """Return the error that a client raises when AWS answers with this code and message."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    error: ClientError = exceptions(service).from_code(code)(answer, _NAMES[method])
    return error


def client_meta(region: str) -> SimpleNamespace:
    """Return the `meta` of a client."""
    return SimpleNamespace(region_name=region, config=Config(), events=HierarchicalEmitter())
