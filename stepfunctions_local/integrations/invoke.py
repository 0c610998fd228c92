"""Calls of Lambda: `lambda:invoke`, and a function's ARN as the Resource of a Task.

Source: "Invoke an AWS Lambda function with Step Functions".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.lambda_response import LambdaResponse
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Integration, Json, LambdaFunction, dump_json
from stepfunctions_local.language.resource import parse_lambda_arn

if TYPE_CHECKING:
    from stepfunctions_local.integrations.wire import Wire

_INTEGRATION: Final = Integration("", "lambda", "invoke")


@dataclass(frozen=True, slots=True)
class Invoke(ServiceCall):
    """A call of Invoke. `by_arn`: the Resource is the function's ARN, and the result is its payload."""

    by_arn: bool = False

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:  # noqa: ARG003 - Lambda is not given the caller
        """Build the call of a function that the parameters name."""
        function, qualifier = str(parameters["FunctionName"]), parameters.get("Qualifier")
        return cls._build(_qualify(function, qualifier), parameters, by_arn=False)

    @classmethod
    def of_function(cls, function: LambdaFunction, event: Json) -> Self:
        """Build the call of a function whose ARN is the Resource."""
        return cls._build(_qualify(function.arn, None), {"Payload": dump_json(event)}, by_arn=True)

    @classmethod
    def _build(cls, function: str, parameters: dict[str, Json], *, by_arn: bool) -> Self:
        sent = {**parameters, "FunctionName": function, "Qualifier": None}
        return cls(_INTEGRATION, SERVICES["lambda"], _INTEGRATION.operation, sent, by_arn=by_arn)

    def parse_response(self, wire: "Wire", response: HttpResponse) -> CallOutcome:
        """Return the outcome that a response means."""
        body = response.body.decode(errors="replace")
        invoked = LambdaResponse(response.status, response.headers, body)
        if not invoked.accepted:
            return self.service.to_failure(invoked.read_error())
        if invoked.function_failed:
            return invoked.read_failure(invoked.body if self.by_arn else invoked.compact_payload())
        return CallResult(dump_json(invoked.parse_payload() if self.by_arn else invoked.build_result()))


def _qualify(function: str, qualifier: Json) -> str:
    """Return the function's name and qualifier, which all local Lambda endpoints understand."""
    arn = parse_lambda_arn(function)
    name, named_qualifier = (arn.name, arn.qualifier) if arn else (function, None)
    if ":" in name:
        return name
    return f"{name}:{named_qualifier or qualifier or '$LATEST'}"
