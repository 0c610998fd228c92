"""The services that Task states call, by the names that AWS's own SDK inside Step Functions has for them.

Source: "Integrating optimized services with Step Functions", and what AWS was recorded to answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stepfunctions_local.integrations.response import Refusal
from stepfunctions_local.language import Failure
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.operation import service_model_of

_UNAVAILABLE: Final = "SdkClientException"


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `key` is its name in the Resource of a Task.

    `error_prefix` begins the names of its errors, `sdk_name` stands in their causes, and `setting` says where
    the service is.
    """

    key: str
    error_prefix: str
    sdk_name: str
    setting: str

    @property
    def option(self) -> str:
        """The command-line option that says what `setting` says."""
        return f"--{self.setting.lower().replace('_', '-')}"

    def refused(self, refusal: Refusal) -> Failure:
        """Name an error that the service answered with."""
        cause = (
            f"{refusal.message} (Service: {self.sdk_name}; Status Code: {refusal.status}; "
            f"Error Code: {refusal.code}; Request ID: {refusal.request_id}; Proxy: null)"
        )
        return self.failure(self._exception(refusal.modelled_code or refusal.code), cause)

    def unavailable(self, reason: str) -> Failure:
        """Say that no answer came that could be read."""
        return self.failure(_UNAVAILABLE, reason)

    def is_unavailable(self, failure: Failure) -> bool:
        """Whether a failure says just that."""
        return failure.error == f"{self.error_prefix}.{_UNAVAILABLE}"

    def failure(self, name: str, cause: str) -> Failure:
        """Make a failure with a name of this service's."""
        return build_failure(f"{self.error_prefix}.{name}", cause)

    def _exception(self, code: str) -> str:
        """Name the SDK's exception for an error: one of its own, or the service's where it has none."""
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
