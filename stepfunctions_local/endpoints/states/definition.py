"""The operations on definitions that no state machine has yet."""

from typing import Any

from stepfunctions_local import language
from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.unsupported import ONLY_STANDARD
from stepfunctions_local.language import Diagnostic, InvalidDefinition, Severity

_MOST = 100
"""Source: ValidateStateMachineDefinition in the API Reference, on `maxResults`."""


class DefinitionOperations(Operations):
    """Says what CreateStateMachine would find in a definition."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {"ValidateStateMachineDefinition": self.validate}

    def validate(self, request: dict[str, Any]) -> Reply:
        """ValidateStateMachineDefinition."""
        found = _findings(request)
        if request.get("severity", Severity.ERROR) == Severity.ERROR:
            told = [diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR]
        else:
            told = found
        limit = request.get("maxResults") or _MOST
        return {
            "result": "FAIL" if any(one.severity is Severity.ERROR for one in found) else "OK",
            "diagnostics": [_told(diagnostic) for diagnostic in told[:limit]],
            "truncated": len(told) > limit,
        }


def _findings(request: dict[str, Any]) -> list[Diagnostic]:
    if request.get("type", "STANDARD") != "STANDARD":
        return [Diagnostic("STATE_MACHINE_TYPE_NOT_SUPPORTED", ONLY_STANDARD)]
    try:
        return list(language.parse_definition(request["definition"]).warnings)
    except InvalidDefinition as error:
        return [*error.diagnostics, *error.warnings]


def _told(diagnostic: Diagnostic) -> Reply:
    told = {"severity": diagnostic.severity, "code": diagnostic.code, "message": diagnostic.message}
    return told | ({"location": diagnostic.location} if diagnostic.location else {})
