"""`events:putEvents`: events name their execution, and a rejected event fails the Task."""

from typing import Self

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Integration, Json, dump_json


class PutEvents(ServiceCall):
    """A call of PutEvents. Source: "Add EventBridge events with Step Functions"."""

    __slots__ = ()

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:
        """Build a call. Each event's resources include the state machine and the execution."""
        entries = parameters.get("Entries")
        if isinstance(entries, list):
            entries = [_add_caller(entry, caller) for entry in entries]
        return super().of(integration, parameters | {"Entries": entries}, caller)

    def build_result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Return the output, or a failure if the service rejected an event."""
        text = dump_json(output)
        if output.get("FailedEntryCount"):
            return self.service.build_failure("FailedEntry", text)
        return CallResult(text)


def _add_caller(entry: Json, caller: Caller) -> Json:
    if not isinstance(entry, dict):
        return entry
    resources = entry.get("Resources")
    given = resources if isinstance(resources, list) else []
    return entry | {"Resources": [*given, caller.state_machine_arn, caller.execution_arn]}
