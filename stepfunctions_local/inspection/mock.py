"""The mock of a test, which stands in for the call of a Task, or for the branches of a Map or Parallel."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Literal, TypeAlias

from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.language import InvalidJson, Json, parse_json


class Validation(StrEnum):
    """How strictly a mocked result is compared with AWS's model of the API. Source: MockInput."""

    STRICT = "STRICT"
    """All required fields are there, and all fields fit the model."""
    PRESENT = "PRESENT"
    """The fields that are there fit the model."""
    NONE = "NONE"
    """Any result will do."""


Mode: TypeAlias = Literal["STRICT", "PRESENT", "NONE"]


class Absent(Enum):
    """A value that is not there. None is JSON's null, which a result can be."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Mock:
    """A result, or an `error` with its `cause`, that stands in for a call or for branches.

    `Mock({"Payload": 42})` returns; `Mock(error="States.Timeout")` fails.
    `validation` says how strictly a Task's result is compared with AWS's model of the API: `STRICT`,
    `PRESENT` or `NONE`.
    """

    result: Json | Literal[Absent.ABSENT] = ABSENT
    error: str | None = None
    cause: str | None = None
    validation: Mode = "STRICT"


def read_mock(members: Mapping[str, Any]) -> Mock:
    """Read the mock of a request that fits the API's model.

    Raises:
        ValidationException: it has both a result and an error or neither, or the result is not JSON.

    """
    text, error = members.get("result"), members.get("errorOutput")
    if (text is None) is (error is None):
        raise ValidationException(
            "A test mock should have only one of the following fields: [result, errorOutput]."
        )
    mode: Mode = members.get("fieldValidationMode") or "STRICT"
    if text is not None:
        return Mock(_parse_result(text), validation=mode)
    if error is None or error.get("error") is None:
        raise ValidationException("The mocked errorOutput must have the field 'error'.")
    return Mock(error=error["error"], cause=error.get("cause"), validation=mode)


def _parse_result(text: str) -> Json:
    try:
        return parse_json(text)
    except InvalidJson as error:
        raise ValidationException(f"Mocked result must be valid JSON. {error}") from error
