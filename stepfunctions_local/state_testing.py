"""Tests one state of a user's state machine in one line, in the test's own process."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias, TypedDict, Unpack

from stepfunctions_local.engine.errors import InvalidDefinition
from stepfunctions_local.inspection.context import Surrounding
from stepfunctions_local.inspection.mock import ABSENT, Mock
from stepfunctions_local.inspection.rehearsal import prepare
from stepfunctions_local.inspection.request import read_state_test
from stepfunctions_local.inspection.result import PLAIN, StateResult, Status
from stepfunctions_local.inspection.run import begin, finish
from stepfunctions_local.language import Call, Json, dump_json, parse_json

__all__ = ["Circumstances", "Definition", "Mock", "StateResult", "Status", "test_state"]

Definition: TypeAlias = Mapping[str, Any] | str | Path
"""A definition: as a Python object, as JSON text, or in a file."""


class Circumstances(TypedDict, total=False):
    """The circumstances in which a state is entered. All of them are optional.

    `input`: its input; without one, `{}`.
    `mock`: the result or error of the call of a Task, or of the branches of a Map or Parallel.
    `variables`: the workflow's variables.
    `context`: parts of the context object, such as `{"Execution": {"Name": "order-42"}}`.
    `retry_count`: how many attempts its Retry has made.
    `error_caused_by`: the state within it that a mocked error comes from.
    `failed_items`: how many items of a Map have failed.
    `item_reader_data`: the text that the ItemReader of a Map reads.
    """

    input: Json
    mock: Mock
    variables: Mapping[str, Json]
    context: Mapping[str, Json]
    retry_count: int
    error_caused_by: str
    failed_items: int
    item_reader_data: str


_TEXTS: Final = ("input", "variables", "context")
_CONFIGURATION: Final = {
    "retry_count": "retrierRetryCount",
    "error_caused_by": "errorCausedByState",
    "failed_items": "mapIterationFailureCount",
    "item_reader_data": "mapItemReaderData",
}


def test_state(
    definition: Definition,
    state: str | None = None,  # noqa: PT028 - no test of ours
    **circumstances: Unpack[Circumstances],
) -> StateResult:
    """Run one state as AWS's TestState does, and return how it ended.

        result = test_state(Path("statemachine/order.asl.json"), "Check", input={"total": 12})
        assert result.next_state == "Ship"

    `definition` is a whole state machine's, with the name of a `state` in it, or that of one state alone.
    Nothing leaves the process and nothing waits: a Task, Map or Parallel needs a mock.

    Raises:
        InvalidDefinition: the definition is refused, or the state needs a mock.
        InvalidExecutionInput: the input is too large.
        ValidationException: the circumstances do not fit the state.

    """
    test = read_state_test(build_request(read_definition(definition), state, circumstances))
    begun = finish(begin(prepare(test, Surrounding(datetime.now(UTC), Random()))))  # noqa: S311 - jitter and UUIDs
    if isinstance(begun, Call):
        raise InvalidDefinition(
            f"The state calls {begun.resource.arn}, and test_state calls no service: give it a mock, or test "
            "it through LocalStepFunctions."
        )
    return begun


# pytest would take it for a test in each module that imports it.
test_state.__test__ = False  # type: ignore[attr-defined]


def read_definition(definition: Definition) -> str:
    """Return the text of a definition. A text that is no object names a file."""
    if isinstance(definition, str) and not definition.lstrip().startswith("{"):
        definition = Path(definition)
    if isinstance(definition, Path):
        return definition.read_text(encoding="utf-8")
    return definition if isinstance(definition, str) else json.dumps(definition)


def build_request(definition: str, state: str | None, circumstances: Circumstances) -> dict[str, Any]:
    """Build the request of TestState, with all data on the way."""
    given: dict[str, Any] = {**circumstances}
    configuration = {name: given[key] for key, name in _CONFIGURATION.items() if given.get(key) is not None}
    request: dict[str, Any] = {"definition": definition, "inspectionLevel": "TRACE"}
    request |= {name: dump_json(given[name]) for name in _TEXTS if name in given}
    if state is not None:
        request["stateName"] = state
    if (mock := given.get("mock")) is not None:
        request["mock"] = _build_mock(mock)
    return request | ({"stateConfiguration": configuration} if configuration else {})


def _build_mock(mock: Mock) -> dict[str, Any]:
    members: dict[str, Any] = {"fieldValidationMode": mock.validation}
    if mock.result is not ABSENT:
        members["result"] = dump_json(mock.result)
    if mock.result is ABSENT or mock.error is not None:
        error = {"error": mock.error, "cause": mock.cause}
        members["errorOutput"] = {name: text for name, text in error.items() if text is not None}
    return members


def read_reply(reply: Mapping[str, Any]) -> StateResult:
    """Return the result that an answer of TestState means."""
    inspection = reply.get("inspectionData", {})
    return StateResult(
        Status(reply["status"]),
        parse_json(reply["output"]) if "output" in reply else None,
        reply.get("nextState"),
        reply.get("error"),
        reply.get("cause"),
        {name: value if name in PLAIN else parse_json(value) for name, value in inspection.items()},
    )
