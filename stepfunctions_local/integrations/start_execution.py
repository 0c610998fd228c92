"""`states:startExecution`: starts an execution of another state machine, once for any number of retries.

Source: "Start a new AWS Step Functions state machine from a running one".
"""

from dataclasses import dataclass, replace
from typing import Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall, name_attempt
from stepfunctions_local.language import Failure, Integration, Json, dump_json

_TAKEN = "StepFunctions.ExecutionAlreadyExistsException"


@dataclass(frozen=True, slots=True)
class StartExecution(ServiceCall):
    """A call of StartExecution. `has_own_name` means that no other caller can have chosen the name."""

    has_own_name: bool = False

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:
        """Build a call. Without a name in the parameters, the name is derived from the caller."""
        own = name_attempt(caller)
        named = {**parameters, "Name": parameters.get("Name") or own}
        # A class with slots is a copy of the one in which a bare super() was compiled.
        call = super(StartExecution, cls).of(integration, named, caller)
        return replace(call, has_own_name=named["Name"] == own)

    def build_result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Return the result that names the execution, which a Task can wait for as its job."""
        arn = output.get("ExecutionArn")
        if not isinstance(arn, str):
            return SERVICES["states"].build_unavailable(
                "Unable to unmarshall response: it names no execution."
            )
        shown = {"ExecutionArn": arn, "StartDate": output.get("StartDate")}
        return CallResult(dump_json(shown | response.build_metadata()), arn)

    def find_follow_up(self, outcome: CallOutcome) -> ServiceCall | None:
        """Return the call that finds the execution, if an earlier attempt of this call has started it."""
        if not (self.has_own_name and isinstance(outcome, Failure) and outcome.error == _TAKEN):
            return None
        *account, _, machine = str(self.parameters["StateMachineArn"]).split(":")[:7]
        arn = ":".join([*account, "execution", machine, str(self.parameters["Name"])])
        describe = self.operation.service_model.operation_model("DescribeExecution")
        return replace(self, operation=describe, parameters={"ExecutionArn": arn}, has_own_name=False)
