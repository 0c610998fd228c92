"""The services that Task states call, with the names that AWS's SDK uses for them in Step Functions.

Source: "Integrating optimized services with Step Functions", and recordings of AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stepfunctions_local.integrations.response import ErrorResponse
from stepfunctions_local.language import Failure
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.operation import service_model_of

_UNAVAILABLE: Final = "SdkClientException"


@dataclass(frozen=True, slots=True)
class Service:
    """A service.

    `key` is its name in the Resource of a Task.
    `error_prefix` is the first part of its errors' names.
    `sdk_name` is its name in their causes.
    `setting` is the environment variable for its URL.
    """

    key: str
    error_prefix: str
    sdk_name: str
    setting: str

    @property
    def option(self) -> str:
        """The command-line option for its URL."""
        return f"--{self.setting.lower().replace('_', '-')}"

    def to_failure(self, error: ErrorResponse) -> Failure:
        """Return the failure that an error of the service means for a Task."""
        cause = (
            f"{error.message} (Service: {self.sdk_name}; Status Code: {error.status}; "
            f"Error Code: {error.code}; Request ID: {error.request_id}; Proxy: null)"
        )
        return self.build_failure(self._find_exception(error.modelled_code or error.code), cause)

    def build_unavailable(self, reason: str) -> Failure:
        """Build the failure for a response that did not come, or could not be parsed."""
        return self.build_failure(_UNAVAILABLE, reason)

    def is_unavailable(self, failure: Failure) -> bool:
        """Return whether a failure means that there was no usable response."""
        return failure.error == f"{self.error_prefix}.{_UNAVAILABLE}"

    def build_failure(self, name: str, cause: str) -> Failure:
        """Build a failure whose name begins with the service's prefix."""
        return build_failure(f"{self.error_prefix}.{name}", cause)

    def _find_exception(self, code: str) -> str:
        """Return the name of the SDK's exception for an error; the service's general one if it has none."""
        shape = service_model_of(self.key).shape_for_error_code(code)  # type: ignore[arg-type] # a text, whatever the stubs say
        name = self.sdk_name.removesuffix("v2") if shape is None else shape.name.removesuffix("Exception")
        return f"{name}Exception"


_ALL = (
    Service("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "DYNAMODB_ENDPOINT"),
    Service("events", "EventBridge", "AmazonEventBridge", "EVENTBRIDGE_ENDPOINT"),
    Service("lambda", "Lambda", "AWSLambda", "LAMBDA_ENDPOINT"),
    Service("sns", "SNS", "AmazonSNS", "SNS_ENDPOINT"),
    Service("sqs", "SQS", "AmazonSQS", "SQS_ENDPOINT"),
    Service("states", "StepFunctions", "AWSStepFunctions", "STEP_FUNCTIONS_ENDPOINT"),
)

SERVICES: Final[Mapping[str, Service]] = MappingProxyType({service.key: service for service in _ALL})
