"""`states:startExecution`: an execution of another state machine, started once however often it is tried.

Source: "Start a new AWS Step Functions state machine from a running one".
"""

from dataclasses import dataclass
from typing import Self
from uuid import NAMESPACE_URL, uuid5

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Failure, Integration, Json, dump_json
from stepfunctions_local.language.operation import operation_model, service_model_of

_TAKEN = "StepFunctions.ExecutionAlreadyExistsException"


@dataclass(frozen=True, slots=True)
class StartExecution(ServiceCall):
    """A call of StartExecution. `has_own_name` says that nobody else can have given that name."""

    has_own_name: bool = False

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:
        """Prepare a call. Without a name, the execution has the one that follows from its caller."""
        own = str(uuid5(NAMESPACE_URL, f"{caller.execution_arn}/{caller.attempt}"))
        named = {**parameters, "Name": parameters.get("Name") or own}
        return cls(SERVICES["states"], operation_model(integration), named, named["Name"] == own)

    def result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Tell what an output comes to."""
        return _started(output, response)

    def instead(self, outcome: CallOutcome) -> ServiceCall | None:
        """Find the execution that an earlier try of this call has started, if it has ended since."""
        if not (self.has_own_name and isinstance(outcome, Failure) and outcome.error == _TAKEN):
            return None
        *account, _, machine = str(self.parameters["StateMachineArn"]).split(":")[:7]
        arn = ":".join([*account, "execution", machine, str(self.parameters["Name"])])
        model = service_model_of("states").operation_model("DescribeExecution")
        return _Started(self.service, model, {"ExecutionArn": arn})


class _Started(ServiceCall):
    """The question for an execution that was started before."""

    __slots__ = ()

    def result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Tell what an output comes to."""
        return _started(output, response)


def _started(output: dict[str, Json], response: HttpResponse) -> CallOutcome:
    """Return the result that names the execution, the job of a Task that waits for it."""
    arn = output.get("ExecutionArn")
    if not isinstance(arn, str):
        return SERVICES["states"].unavailable("Unable to unmarshall response: it names no execution.")
    shown = {"ExecutionArn": arn, "StartDate": output.get("StartDate")}
    return CallResult(dump_json(shown | response.metadata()), arn)
