"""Parses requests of the Invoke API. Every function raises an InvokeError for an invalid request."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote

from stepfunctions_local.endpoints.invoke import errors, model
from stepfunctions_local.endpoints.invoke.errors import InvokeError

MAX_EVENT_BYTES = 6_291_456
MAX_ASYNC_EVENT_BYTES = 1_048_576
MAX_CLIENT_CONTEXT_BYTES = 3_583
INVOCATION_TYPES = ("RequestResponse", "Event", "DryRun")
LOG_TYPES = ("None", "Tail")
NOT_JSON = "Could not parse request body into json: No JSON object could be decoded"

_ARN_WITHOUT_ACCOUNT = re.compile(r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z0-9-]*::?function:")
_NAME = re.compile(r"(?:(?:.*:)?function:|\d{12}:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")

_TRACE_ID = re.compile(r"[\x20-\x7E]{1,1024}")
"""X-Ray's format is looser than its documentation, so only a value that a header cannot carry is left out."""


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """The caller's name for a function, and a version or alias. All versions have the same code here."""

    name: str
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class InvokeOptions:
    """The options in the headers. `client_context` is JSON in ASCII; `trace_id` is the caller's, if any."""

    invocation_type: str = "RequestResponse"
    log_tail: bool = False
    client_context: str | None = None
    trace_id: str | None = None


def parse_function_reference(segment: str, qualifier: str | None) -> FunctionReference:
    """Parse the percent-encoded name in the path and the query parameter Qualifier."""
    identifier = unquote(segment)
    found = _NAME.fullmatch(_require_valid_name(identifier))
    if found is None:
        raise _build_name_error(identifier)
    _require_valid_qualifier(qualifier)
    if qualifier and found["qualifier"] and qualifier != found["qualifier"]:
        raise errors.conflicting_qualifiers()
    return FunctionReference(found["name"], found["qualifier"] or qualifier)


def parse_options(headers: Mapping[str, str]) -> InvokeOptions:
    """Parse the headers. An unknown invocation type is rejected later, as `sam local` does."""
    log_type = headers.get("X-Amz-Log-Type", "None")
    if log_type not in LOG_TYPES:
        raise _build_enum_error(log_type, "logType", LOG_TYPES)
    return InvokeOptions(
        headers.get("X-Amz-Invocation-Type", "RequestResponse"),
        log_type == "Tail",
        _parse_client_context(headers.get("X-Amz-Client-Context")),
        _parse_trace_id(headers.get("X-Amzn-Trace-Id")),
    )


def parse_event(body: bytes) -> bytes:
    """Return the body if it is JSON; an empty body is the event {}."""
    if not body:
        return b"{}"
    try:
        json.loads(body.decode(), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise errors.invalid_content(NOT_JSON) from error
    return body


def _require_valid_name(identifier: str) -> str:
    """Return a name in a form that the service's model allows: an ARN without account is shortened."""
    if len(identifier) > model.max_name_length():
        constraint = f"Member must have length less than or equal to {model.max_name_length()}"
        raise errors.invalid_parameter(identifier, "functionName", constraint)
    normalized = _ARN_WITHOUT_ACCOUNT.sub("function:", identifier)
    if model.name_pattern().fullmatch(normalized) is None:
        raise _build_name_error(identifier)
    return normalized


def _require_valid_qualifier(qualifier: str | None) -> None:
    """Raise for a qualifier that the service's model does not allow. It becomes part of an HTTP header."""
    limits = model.qualifier_limits()
    if qualifier and len(qualifier) > limits["max"]:
        constraint = f"Member must have length less than or equal to {limits['max']}"
        raise errors.invalid_parameter(qualifier, "qualifier", constraint)
    if qualifier and re.fullmatch(limits["pattern"], qualifier) is None:
        constraint = f"Member must satisfy regular expression pattern: {limits['pattern']}"
        raise errors.invalid_parameter(qualifier, "qualifier", constraint)


def _build_name_error(identifier: str) -> InvokeError:
    constraint = f"Member must satisfy regular expression pattern: {model.name_pattern().pattern}"
    return errors.invalid_parameter(identifier, "functionName", constraint)


def _build_enum_error(value: str, member: str, allowed: tuple[str, ...]) -> InvokeError:
    constraint = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    return errors.invalid_parameter(value, member, constraint)


def _parse_client_context(header: str | None) -> str | None:
    if header is None:
        return None
    if len(header) > MAX_CLIENT_CONTEXT_BYTES:
        message = (
            f"Client context must be at most {MAX_CLIENT_CONTEXT_BYTES} bytes of base64, not {len(header)}."
        )
        raise errors.invalid_content(message)
    return json.dumps(_decode_context(header))


def _parse_trace_id(header: str | None) -> str | None:
    """Return the caller's trace id, or None if it is absent or cannot be one: tracing fails no call."""
    return header if header and _TRACE_ID.fullmatch(header) else None


def _decode_context(header: str) -> dict[str, object]:
    try:
        context = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise errors.invalid_content("Client context must be a valid Base64-encoded JSON object.")
    return context


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")
