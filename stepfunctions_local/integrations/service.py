"""The services that Task states call, with the names of their errors and the settings of their endpoints.

Source: "Integrating optimized services with Step Functions", "Learning to use AWS service SDK integrations",
and recordings of AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from botocore.model import OperationModel

from stepfunctions_local.integrations.response import ErrorResponse
from stepfunctions_local.language import Failure, Integration
from stepfunctions_local.language.aws_sdk import error_prefix, sdk_service
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.optimized import SERVICES as OPTIMIZED
from stepfunctions_local.service_model import java_exception, service_model

_HEAD_ERRORS: Final = {("HeadObject", "404"): "NoSuchKey", ("HeadBucket", "404"): "NoSuchBucket"}
"""The exceptions of the SDK for answers of S3 that have no body, and so no code."""

_RARE: Final = frozenset({"AccessDenied", "InvalidRequest"})
"""Errors that S3 has for any operation, and the SDK an exception for a few."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as optimized integrations or those of the SDK call it.

    `keys`: the names that an endpoint may be given for.
    `error_prefix`: the first part of its errors' names.
    `sdk_name`: its name in causes, by AWS's SDK for Java 1. Without one, errors are those of SDK 2.
    `setting`: the variable for its URL, besides AWS's own.
    `model`: botocore's name of its model.
    `unavailable`: the last part of the error's name without a usable response.
    """

    keys: tuple[str, ...]
    error_prefix: str
    sdk_name: str
    setting: str
    model: str
    unavailable: str = "SdkClientException"

    @property
    def key(self) -> str:
        """Its name in settings and in messages."""
        return self.keys[0]

    @property
    def option(self) -> str:
        """The command-line option for its URL."""
        return f"--{self.setting.lower().replace('_', '-')}"

    @property
    def variable(self) -> str:
        """AWS's own variable for its URL."""
        service_id = service_model(self.model).service_id
        return f"AWS_ENDPOINT_URL_{service_id.upper().replace(' ', '_').replace('-', '_')}"

    def to_failure(self, error: ErrorResponse, operation: OperationModel | None = None) -> Failure:
        """Return the failure that an error of the service means for a Task."""
        code = error.modelled_code or error.code
        if operation:
            code = _HEAD_ERRORS.get((operation.name, code), code)
            code = "" if code in _RARE and not _is_modelled(code, operation) else code
        if self.sdk_name:
            details = (
                f"(Service: {self.sdk_name}; Status Code: {error.status}; Error Code: {error.code}; "
                f"Request ID: {error.request_id}; Proxy: null)"
            )
        else:
            extended = f", Extended Request ID: {error.extended_id}" if error.extended_id else ""
            details = (
                f"(Service: {self._short_name}, Status Code: {error.status}, "
                f"Request ID: {error.request_id}{extended})"
            )
        return self.build_failure(self._find_exception(code), f"{error.message} {details}")

    def build_unavailable(self, reason: str) -> Failure:
        """Build the failure for a response that did not come, or could not be parsed."""
        return self.build_failure(self.unavailable, reason)

    def is_unavailable(self, failure: Failure) -> bool:
        """Return whether a failure means that there was no usable response."""
        return failure.error == f"{self.error_prefix}.{self.unavailable}"

    def build_failure(self, name: str, cause: str) -> Failure:
        """Build a failure whose name begins with the service's prefix."""
        return build_failure(f"{self.error_prefix}.{name}", cause)

    @property
    def _short_name(self) -> str:
        return error_prefix(service_model(self.model))

    def _find_exception(self, code: str) -> str:
        """Return the name of the SDK's exception for an error; the service's general one if it has none."""
        shape = service_model(self.model).shape_for_error_code(code)  # type: ignore[arg-type] # a text, whatever the stubs say
        if shape is None:
            return f"{self.sdk_name.removesuffix('v2') or self._short_name}Exception"
        return (
            f"{shape.name.removesuffix('Exception')}Exception"
            if self.sdk_name
            else java_exception(shape.name)
        )


def _is_modelled(code: str, operation: OperationModel) -> bool:
    return code in {shape.name for shape in operation.error_shapes}


SERVICES: Final[Mapping[str, Service]] = MappingProxyType(
    {
        key: Service((key,), each.prefix, each.sdk_name, each.setting, each.model)
        for key, each in OPTIMIZED.items()
    }
)
"""The services with optimized integrations, by their names in a Resource."""

HTTP_SERVICES: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "apigateway": Service(("apigateway",), "ApiGateway", "", "APIGATEWAY_ENDPOINT", "apigateway"),
        "http": Service(("http",), "States.Http", "", "HTTP_ENDPOINT", "", "Socket"),
    }
)
"""HTTP APIs, by the names that they have in a Resource."""


@cache
def service_of(integration: Integration) -> Service:
    """Return the service that an integration calls."""
    model = integration.operation.service_model
    optimized = {each.model: each for each in SERVICES.values()}.get(model.service_name)
    keys = (*((optimized.key,) if optimized else ()), sdk_service(model))
    setting = optimized.setting if optimized else ""
    if integration.is_aws_sdk:
        return Service(keys, error_prefix(model), "", setting, model.service_name)
    own = SERVICES[integration.service]
    return Service(keys, own.error_prefix, own.sdk_name, setting, model.service_name)
