"""One call of a service that Step Functions is optimized for.

Source: "Integrating optimized services with Step Functions", and what AWS was recorded to answer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.members import to_members, to_output
from stepfunctions_local.integrations.response import HttpResponse, Refusal, Unreadable
from stepfunctions_local.integrations.service import SERVICES, Service
from stepfunctions_local.language import Integration, Json, dump_json
from stepfunctions_local.language.operation import operation_model

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel

    from stepfunctions_local.integrations.wire import Wire


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call of an operation, with parameters in which `faults` finds no fault.

    Most are sent as they are, and their answer is the result; the others are subclasses.
    """

    service: Service
    operation: "OperationModel"
    parameters: dict[str, Json]

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:  # noqa: ARG003 - some services are told who calls
        """Prepare a call."""
        return cls(SERVICES[integration.service], operation_model(integration), parameters)

    def request(self, wire: "Wire", endpoint: str) -> "AWSPreparedRequest":
        """Make the request."""
        shape = self.operation.input_shape
        return wire.request(self.operation, to_members(shape, self.parameters) if shape else {}, endpoint)

    def outcome(self, wire: "Wire", response: HttpResponse) -> CallOutcome:
        """Tell what an answer comes to."""
        try:
            read = wire.read(self.operation, response)
        except Unreadable as error:
            return self.service.unavailable(str(error))
        if isinstance(read, Refusal):
            return self.service.refused(read)
        shape = self.operation.output_shape
        return self.result(to_output(shape, read) if shape else {}, response)

    def result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Tell what an output comes to."""
        return CallResult(dump_json(output | response.metadata()))

    def instead(self, outcome: CallOutcome) -> "ServiceCall | None":  # noqa: ARG002 - for those that know another way
        """Return the call that tells what this one could not, if there is one."""
        return None
