"""A call of a service, by its model and by what the optimized integrations have beside it.

Source: "Integrating optimized services with Step Functions", "Learning to use AWS service SDK integrations",
and recordings of AWS.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, cast
from uuid import NAMESPACE_URL, uuid5

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.members import Conversion, decode_bytes
from stepfunctions_local.integrations.place import look_up, move, move_back
from stepfunctions_local.integrations.response import ErrorResponse, HttpResponse, UnreadableResponse
from stepfunctions_local.integrations.service import Service, service_of
from stepfunctions_local.language import Integration, InvalidJson, Json, dump_json, parse_json
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.optimized import SERVICES, Job
from stepfunctions_local.language.resource import Pattern

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel

    from stepfunctions_local.integrations.wire import Wire


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call of an operation, with parameters that have no fault.

    `token` makes an idempotent operation happen once, even if the call is repeated after a restart.
    `is_raw`: the result is the output alone: this is no call of a state.
    """

    integration: Integration
    service: Service
    operation: "OperationModel"
    parameters: dict[str, Json]
    token: str = ""
    is_raw: bool = False

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:
        """Build a call of an integration."""
        prepare = _PREPARATIONS.get((integration.service, integration.action))
        prepared = prepare(parameters, caller) if prepare else parameters
        moved = move(prepared, integration.optimized.parameters)
        return cls(integration, service_of(integration), integration.operation, moved, name_attempt(caller))

    @classmethod
    def raw(cls, integration: Integration, operation: str, parameters: dict[str, Json]) -> Self:
        """Build a call of another operation of an integration's service."""
        model = integration.operation.service_model.operation_model(operation)
        return cls(integration, service_of(integration), model, parameters, is_raw=True)

    def build_request(self, wire: "Wire", endpoint: str) -> "AWSPreparedRequest":
        """Build the signed HTTP request."""
        shape = self.operation.input_shape
        members = self._conversion.to_members(shape, self.parameters) if shape else {}
        return wire.build_request(self.operation, members, endpoint)

    def parse_response(self, wire: "Wire", response: HttpResponse) -> CallOutcome:
        """Return the outcome that a response means."""
        try:
            parsed = wire.parse_response(self.operation, response)
        except UnreadableResponse as error:
            return self.service.build_unavailable(str(error))
        if isinstance(parsed, ErrorResponse):
            return self.service.to_failure(parsed, self.operation)
        shape = self.operation.output_shape
        output = self._conversion.to_output(shape, parsed) if shape else {}
        return CallResult(dump_json(output)) if self.is_raw else self.build_result(output, response)

    def build_result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Return the result that an output means."""
        action = self.integration.optimized
        result = move_back(output, action.results)
        result |= {name: self._given[name] for name in action.echoed}
        result |= {name: _read_document(result[name]) for name in action.documents if name in result}
        is_final = self.integration.pattern is Pattern.REQUEST_RESPONSE
        if output.get(action.rejected) and (action.rejects_request_response or not is_final):
            return build_failure(action.rejection, dump_json(result))
        job = name_job(self.integration, action.job, result, self._given) if action.job else None
        return CallResult(dump_json(result | self._build_metadata(response)), job)

    def find_follow_up(self, outcome: CallOutcome) -> "ServiceCall | None":
        """Return a call whose outcome replaces this one's, if there is one."""
        return None

    @property
    def _conversion(self) -> Conversion:
        return Conversion(self.integration.is_aws_sdk, self.token)

    @property
    def _given(self) -> dict[str, Json]:
        return move_back(self.parameters, self.integration.optimized.parameters)

    def _build_metadata(self, response: HttpResponse) -> dict[str, Json]:
        service = SERVICES.get(self.integration.service)
        return response.build_metadata() if service and service.has_metadata else {}


def name_attempt(caller: Caller) -> str:
    """Return a UUID that every repetition of an attempt's call has."""
    return str(uuid5(NAMESPACE_URL, f"{caller.execution_arn}/{caller.attempt}"))


def name_job(
    integration: Integration, job: Job, result: dict[str, Json], given: dict[str, Json]
) -> str | None:
    """Return the name of the job that a call has started, with all that describes it; None without a job.

    An execution is named by its ARN, as in earlier versions.
    """
    if integration.pattern not in {Pattern.RUN_A_JOB, Pattern.RUN_A_JOB_AND_READ}:
        return None
    found = {name: look_up({**result, "Parameters": given}, place) for name, place in job.named.items()}
    return f"{integration.service}:{integration.action} {dump_json(cast('Json', found))}"


def _add_caller(parameters: dict[str, Json], caller: Caller) -> dict[str, Json]:
    """Add the state machine and the execution to the resources of each event.

    Source: "Add EventBridge events with Step Functions".
    """
    entries = parameters.get("Entries")
    if not isinstance(entries, list):
        return parameters
    return parameters | {"Entries": [_add_resources(entry, caller) for entry in entries]}


def _add_resources(entry: Json, caller: Caller) -> Json:
    if not isinstance(entry, dict):
        return entry
    resources = entry.get("Resources")
    given = resources if isinstance(resources, list) else []
    return entry | {"Resources": [*given, caller.state_machine_arn, caller.execution_arn]}


_PREPARATIONS: Final[dict[tuple[str, str], Callable[[dict[str, Json], Caller], dict[str, Json]]]] = {
    ("events", "putEvents"): _add_caller
}
"""The changes to an integration's parameters before they are sent."""


def _read_document(value: Json) -> Json:
    """Return the JSON, or else the text, that bytes in base64 are."""
    text = decode_bytes(base64.b64decode(str(value)))
    try:
        return parse_json(text)
    except InvalidJson:
        return text
