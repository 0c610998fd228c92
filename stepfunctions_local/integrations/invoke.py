"""`lambda:invoke`, and the call of a function by its ARN.

Source: "Invoke an AWS Lambda function with Step Functions".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.lambda_answer import LambdaAnswer
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Integration, Json, LambdaFunction, dump_json
from stepfunctions_local.language.operation import service_model_of
from stepfunctions_local.language.resource import parse_lambda_arn

if TYPE_CHECKING:
    from stepfunctions_local.integrations.wire import Wire


@dataclass(frozen=True, slots=True)
class Invoke(ServiceCall):
    """A call of Invoke. `by_arn` says that the Task names the function itself: its result is the payload."""

    by_arn: bool = False

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:  # noqa: ARG003 - nothing tells Lambda who calls
        """Prepare the call of a function that the parameters name."""
        function, qualifier = str(parameters["FunctionName"]), parameters.get("Qualifier")
        return cls._named(_qualified(function, qualifier), parameters, by_arn=False)

    @classmethod
    def of_function(cls, function: LambdaFunction, event: Json) -> Self:
        """Prepare the call of a function that the Task names."""
        return cls._named(_qualified(function.arn, None), {"Payload": dump_json(event)}, by_arn=True)

    @classmethod
    def _named(cls, function: str, parameters: dict[str, Json], *, by_arn: bool) -> Self:
        sent = {**parameters, "FunctionName": function, "Qualifier": None}
        return cls(SERVICES["lambda"], service_model_of("lambda").operation_model("Invoke"), sent, by_arn)

    def outcome(self, wire: "Wire", response: HttpResponse) -> CallOutcome:  # noqa: ARG002 - what stands for Lambda on a machine answers in ways of its own
        """Tell what an answer comes to."""
        of_lambda = LambdaAnswer(response.status, response.headers, response.body.decode(errors="replace"))
        if not of_lambda.accepted:
            return self.service.refused(of_lambda.refusal())
        if of_lambda.function_failed:
            return of_lambda.function_failure(of_lambda.body if self.by_arn else of_lambda.compact_payload())
        return CallResult(dump_json(of_lambda.payload() if self.by_arn else of_lambda.invocation()))


def _qualified(function: str, qualifier: Json) -> str:
    """Name the function as every local Lambda endpoint understands it: not by ARN, and with a qualifier."""
    arn = parse_lambda_arn(function)
    name, named_qualifier = (arn.name, arn.qualifier) if arn else (function, None)
    if ":" in name:
        return name
    return f"{name}:{named_qualifier or qualifier or '$LATEST'}"
