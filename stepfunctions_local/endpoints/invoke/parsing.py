"""What a request to invoke a function says: pure parsing, a `Refusal` for what cannot be meant."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote

from stepfunctions_local.endpoints.invoke import model, refusal

MAX_EVENT_BYTES = 6_291_456
MAX_ASYNC_EVENT_BYTES = 1_048_576
MAX_CLIENT_CONTEXT_BYTES = 3_583
INVOCATION_TYPES = ("RequestResponse", "Event", "DryRun")
LOG_TYPES = ("None", "Tail")
NOT_JSON = "Could not parse request body into json: No JSON object could be decoded"

_ARN_WITHOUT_ACCOUNT = re.compile(r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z0-9-]*::?function:")
_NAME = re.compile(r"(?:(?:.*:)?function:|\d{12}:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function as the caller names it, with a version or alias perhaps. Here they are all the same code."""

    name: str
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class InvokeOptions:
    """What the headers ask for. `client_context` is JSON in ASCII; `trace` is the caller's own, if any."""

    invocation_type: str = "RequestResponse"
    log_tail: bool = False
    client_context: str | None = None
    trace: str | None = None


def function_name(segment: str, qualifier: str | None) -> FunctionName:
    """Read the name in the path, as percent-encoded there, and the query parameter Qualifier."""
    identifier = unquote(segment)
    found = _NAME.fullmatch(_checked(identifier))
    if found is None:
        raise _bad_name(identifier)
    if qualifier and found["qualifier"] and qualifier != found["qualifier"]:
        raise refusal.conflicting_qualifiers()
    return FunctionName(found["name"], found["qualifier"] or qualifier)


def invoke_options(headers: Mapping[str, str]) -> InvokeOptions:
    """Read the headers. An invocation type that nobody knows is refused later, as `sam local` does."""
    log_type = headers.get("X-Amz-Log-Type", "None")
    if log_type not in LOG_TYPES:
        raise _not_in_set(log_type, "logType", LOG_TYPES)
    return InvokeOptions(
        headers.get("X-Amz-Invocation-Type", "RequestResponse"),
        log_type == "Tail",
        _client_context(headers.get("X-Amz-Client-Context")),
        headers.get("X-Amzn-Trace-Id"),
    )


def event(body: bytes) -> bytes:
    """Check that the body is JSON; no body at all is the event {}."""
    if not body:
        return b"{}"
    try:
        json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refusal.invalid_content(NOT_JSON) from error
    return body


def _checked(identifier: str) -> str:
    """Check a name against the service's model, but let an ARN leave out the account."""
    if len(identifier) > model.max_name_length():
        constraint = f"Member must have length less than or equal to {model.max_name_length()}"
        raise refusal.invalid_parameter(identifier, "functionName", constraint)
    normal = _ARN_WITHOUT_ACCOUNT.sub("function:", identifier)
    if model.name_pattern().fullmatch(normal) is None:
        raise _bad_name(identifier)
    return normal


def _bad_name(identifier: str) -> refusal.Refusal:
    constraint = f"Member must satisfy regular expression pattern: {model.name_pattern().pattern}"
    return refusal.invalid_parameter(identifier, "functionName", constraint)


def _not_in_set(value: str, member: str, allowed: tuple[str, ...]) -> refusal.Refusal:
    constraint = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    return refusal.invalid_parameter(value, member, constraint)


def _client_context(header: str | None) -> str | None:
    if header is None:
        return None
    if len(header) > MAX_CLIENT_CONTEXT_BYTES:
        message = (
            f"Client context must be at most {MAX_CLIENT_CONTEXT_BYTES} bytes of base64, not {len(header)}."
        )
        raise refusal.invalid_content(message)
    return json.dumps(_decoded_context(header))


def _decoded_context(header: str) -> dict[str, object]:
    try:
        context = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise refusal.invalid_content("Client context must be a valid Base64-encoded JSON object.")
    return context


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")
