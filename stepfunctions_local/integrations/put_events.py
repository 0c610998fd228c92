"""`events:putEvents`: events say where they come from, and one that was not taken fails the Task."""

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
        """Prepare a call: the state machine and the execution are among the resources of each event."""
        entries = parameters.get("Entries")
        if isinstance(entries, list):
            entries = [_from(caller, entry) for entry in entries]
        return super().of(integration, parameters | {"Entries": entries}, caller)

    def result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:  # noqa: ARG002 - recorded without metadata
        """Tell what an output comes to."""
        text = dump_json(output)
        return (
            self.service.failure("FailedEntry", text) if output.get("FailedEntryCount") else CallResult(text)
        )


def _from(caller: Caller, entry: Json) -> Json:
    if not isinstance(entry, dict):
        return entry
    resources = entry.get("Resources")
    given = resources if isinstance(resources, list) else []
    return entry | {"Resources": [*given, caller.state_machine_arn, caller.execution_arn]}
