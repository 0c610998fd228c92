"""The context object of a tested state: the one of the request, or a made-up execution's.

Source: "Accessing execution data from the Context object in Step Functions"; the parts that a made-up one
has, and the messages, are as recorded on AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final
from uuid import UUID

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import rfc3339
from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.language import InvalidJson, Json, parse_json

STATE_NAME: Final = "StateName"
"""The name of a tested state in its own context object, as recorded on AWS."""

_TEXT: Final = ("a string", (str,))
_NUMBER: Final = ("a number", (int, float))
_ANY: Final = ("JSON", (object,))

_PARTS: Final[Mapping[str, Mapping[str, tuple[str, tuple[type, ...]]]]] = {
    "Execution": {
        **dict.fromkeys(("Id", "Name", "RedriveTime", "RoleArn", "StartTime"), _TEXT),
        "Input": _ANY,
        "RedriveCount": _NUMBER,
    },
    "State": {"EnteredTime": _TEXT, "Name": _TEXT, "RetryCount": _NUMBER},
    "StateMachine": {"Id": _TEXT, "Name": _TEXT},
    "Task": {"Token": _TEXT},
}
"""The parts of a context object, and the fields of each with their types."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """The account, the time (UTC) and the randomness of a test."""

    now: datetime
    random: Random
    account: Account = field(default_factory=Account)


def check_context(text: str) -> dict[str, Json]:
    """Return the context object of a request.

    Raises:
        ValidationException: it is not a JSON object, or has a part that a context object does not have.

    """
    try:
        context = parse_json(text)
    except InvalidJson as error:
        raise _refuse(str(error)) from error
    if not isinstance(context, dict):
        raise _refuse("Context object must be a JSON object")
    for name, part in context.items():
        _check_part(name, part)
    return context


def _check_part(name: str, part: Json) -> None:
    if name == "Map":
        raise _refuse("'Map' field is not supported when mocking a Context object")
    if name not in _PARTS:
        raise _refuse(f"Field '{name}' is not allowed")
    if not isinstance(part, dict):
        raise _refuse(f"{name} must be an object")
    for field_name, value in part.items():
        if field_name not in _PARTS[name]:
            raise _refuse(f"Field '{field_name}' is not allowed")
        kind, types = _PARTS[name][field_name]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types and kind != "JSON"):
            raise _refuse(f"{name}.{field_name} must be {kind}")


def _refuse(fault: str) -> ValidationException:
    return ValidationException(f"Invalid Context object provided: {fault}")


def make_up_context(surrounding: Surrounding, state_input: Json, role_arn: str | None) -> dict[str, Json]:
    """Make up the context object of an execution that has only just entered the state."""
    machine, execution = _make_up_name(surrounding.random), _make_up_name(surrounding.random)
    moment = rfc3339(surrounding.now)
    return {
        "Execution": {
            "Id": surrounding.account.arn("states", f"express:{machine}:{execution}"),
            "Input": state_input,
            "Name": execution,
            "RoleArn": role_arn,
            "StartTime": moment,
        },
        "StateMachine": {"Id": surrounding.account.arn("states", f"stateMachine:{machine}"), "Name": machine},
        "State": {"Name": STATE_NAME, "EnteredTime": moment},
    }


def _make_up_name(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
