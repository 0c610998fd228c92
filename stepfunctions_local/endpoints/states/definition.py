"""The operation that validates a definition without a state machine. Source: the API Reference."""

from typing import Any

from stepfunctions_local import language
from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.machines.state_machine import MachineType
from stepfunctions_local.language import Diagnostic, InvalidDefinition, Severity

_DEFAULT_MAX_RESULTS = 100
"""Source: ValidateStateMachineDefinition in the API Reference, on `maxResults`."""


class DefinitionOperations(Operations):
    """Validates a definition as CreateStateMachine would."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {"ValidateStateMachineDefinition": self.validate}

    async def validate(self, request: dict[str, Any]) -> Reply:
        """ValidateStateMachineDefinition."""
        await self._catalog.load_models(request["definition"])
        found = _find_diagnostics(request)
        if request.get("severity", Severity.ERROR) == Severity.ERROR:
            reported = [diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR]
        else:
            reported = found
        limit = request.get("maxResults") or _DEFAULT_MAX_RESULTS
        return {
            "result": "FAIL" if any(one.severity is Severity.ERROR for one in found) else "OK",
            "diagnostics": [_describe(diagnostic) for diagnostic in reported[:limit]],
            "truncated": len(reported) > limit,
        }


def _find_diagnostics(request: dict[str, Any]) -> list[Diagnostic]:
    is_express = request.get("type") == MachineType.EXPRESS
    try:
        return list(language.parse_definition(request["definition"], is_express=is_express).warnings)
    except InvalidDefinition as error:
        return [*error.diagnostics, *error.warnings]


def _describe(diagnostic: Diagnostic) -> Reply:
    described = {"severity": diagnostic.severity, "code": diagnostic.code, "message": diagnostic.message}
    return described | ({"location": diagnostic.location} if diagnostic.location else {})
