"""A call of a service through an optimized integration.

Source: "Integrating optimized services with Step Functions", and recordings of AWS.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.members import to_members, to_output
from stepfunctions_local.integrations.response import ErrorResponse, HttpResponse, UnreadableResponse
from stepfunctions_local.integrations.service import SERVICES, Service
from stepfunctions_local.language import Integration, Json, dump_json
from stepfunctions_local.language.operation import operation_model

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel

    from stepfunctions_local.integrations.wire import Wire


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call of an operation, with parameters that `faults` accepts.

    Most calls are sent as they are, and their output is the result. Subclasses deviate from that.
    """

    service: Service
    operation: "OperationModel"
    parameters: dict[str, Json]

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:  # noqa: ARG003 - subclasses use it
        """Build a call of an integration."""
        return cls(SERVICES[integration.service], operation_model(integration), parameters)

    def build_request(self, wire: "Wire", endpoint: str) -> "AWSPreparedRequest":
        """Build the signed HTTP request."""
        shape = self.operation.input_shape
        members = to_members(shape, self.parameters) if shape else {}
        return wire.build_request(self.operation, members, endpoint)

    def parse_response(self, wire: "Wire", response: HttpResponse) -> CallOutcome:
        """Return the outcome that a response means."""
        try:
            parsed = wire.parse_response(self.operation, response)
        except UnreadableResponse as error:
            return self.service.build_unavailable(str(error))
        if isinstance(parsed, ErrorResponse):
            return self.service.to_failure(parsed)
        shape = self.operation.output_shape
        return self.build_result(to_output(shape, parsed) if shape else {}, response)

    def build_result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Return the result that an output means."""
        return CallResult(dump_json(output | response.build_metadata()))

    def find_follow_up(self, outcome: CallOutcome) -> "ServiceCall | None":
        """Return a call whose outcome replaces this one's, if there is one."""
        return None
