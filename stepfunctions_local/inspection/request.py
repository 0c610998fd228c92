"""A request to test a state, read and checked as far as possible without its definition.

Source: TestState in the API Reference; messages as recorded on AWS.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from stepfunctions_local.engine.errors import InvalidExecutionInput, ValidationException
from stepfunctions_local.engine.execution.document import MAX_BYTES
from stepfunctions_local.inspection.context import check_context
from stepfunctions_local.inspection.mock import Mock, read_mock
from stepfunctions_local.language import NO_VARIABLES, InvalidJson, Json, parse_json
from stepfunctions_local.language.variable import find_name_fault


class Level(StrEnum):
    """How much an answer shows. TRACE adds the request and response of an HTTP Task alone."""

    INFO = "INFO"
    DEBUG = "DEBUG"
    TRACE = "TRACE"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The circumstances of a mocked state.

    `retries` counts the attempts that its Retry has made.
    `error_caused_by` names the state within it that the mocked error comes from.
    `failed_iterations` counts the items of a Map that failed.
    `item_reader_data` is the text that the ItemReader of a Map reads.
    """

    retries: int | None = None
    error_caused_by: str | None = None
    failed_iterations: int | None = None
    item_reader_data: str | None = None


@dataclass(frozen=True, slots=True)
class StateTest:
    """A request to test a state.

    `definition` is the text of one state or, with a `state_name`, of a whole state machine.
    `context` is None unless the request has a context object.
    """

    definition: str
    state_name: str | None = None
    input: Json = field(default_factory=dict)
    level: Level = Level.INFO
    mock: Mock | None = None
    variables: Mapping[str, Json] = field(default_factory=lambda: NO_VARIABLES)
    context: Mapping[str, Json] | None = None
    role_arn: str | None = None
    configuration: Configuration = field(default_factory=Configuration)


_CONFIGURATION: Final = (
    "retrierRetryCount",
    "errorCausedByState",
    "mapIterationFailureCount",
    "mapItemReaderData",
)


def read_state_test(request: Mapping[str, Any]) -> StateTest:
    """Read a request that fits the API's model.

    Raises:
        InvalidExecutionInput: the input is not JSON, or too large.
        ValidationException: its parts do not fit together, or are no JSON objects.

    """
    _require_fitting_parts(request)
    configuration = request.get("stateConfiguration") or {}
    return StateTest(
        definition=request["definition"],
        state_name=request.get("stateName"),
        input=_read_input(request.get("input")),
        level=Level(request.get("inspectionLevel", Level.INFO)),
        mock=None if request.get("mock") is None else read_mock(request["mock"]),
        variables=_read_variables(request.get("variables")),
        context=None if request.get("context") is None else check_context(request["context"]),
        role_arn=request.get("roleArn"),
        configuration=Configuration(*map(configuration.get, _CONFIGURATION)),
    )


def _require_fitting_parts(request: Mapping[str, Any]) -> None:
    if request.get("mock") is None:
        for name in _list_parts_of_mocks(request):
            raise ValidationException(f"TestState does not support {name} when a mock is not specified.")
    elif request.get("revealSecrets"):
        raise ValidationException("TestState does not support RevealSecrets when a mock is specified.")


def _list_parts_of_mocks(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a request that only go with a mock."""
    configuration = request.get("stateConfiguration") or {}
    yield from (_pascal_case(name) for name in _CONFIGURATION if configuration.get(name) is not None)
    if request.get("context") is not None:
        yield "Context"


def _pascal_case(name: str) -> str:
    """Return a member's name as the messages have it."""
    return name[:1].upper() + name[1:]


def _read_input(text: str | None) -> Json:
    if text is None:
        return {}
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise InvalidExecutionInput(f"The input may have at most {MAX_BYTES} bytes in UTF-8")
    try:
        return parse_json(text)
    except InvalidJson as error:
        raise InvalidExecutionInput(str(error)) from error


def _read_variables(text: str | None) -> Mapping[str, Json]:
    if text is None:
        return NO_VARIABLES
    try:
        variables = parse_json(text)
    except InvalidJson as error:
        raise ValidationException(f"Invalid variables provided: {error}") from error
    if not isinstance(variables, dict):
        raise ValidationException("Invalid variables provided: variables must be a JSON object")
    for fault in filter(None, map(find_name_fault, variables)):
        raise ValidationException(f"Invalid variables provided: {fault}")
    return variables
