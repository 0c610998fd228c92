"""AWS JSON 1.0: the protocol between SDKs and Step Functions.

Source: the Smithy specification, "AWS JSON 1.0 protocol".
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import uuid4

from aiohttp import web

from stepfunctions_local.endpoints.states import api_model
from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.http.body import BodyEncoded, BodyError, BodyTooLarge, BodyTooSlow, read_body
from stepfunctions_local.http.connection import MALFORMED
from stepfunctions_local.service_model import service_model

Reply: TypeAlias = Mapping[str, Any]
Operation: TypeAlias = Callable[[dict[str, Any]], Awaitable[Reply] | Reply]
Poll: TypeAlias = Callable[[dict[str, Any], Callable[[], bool]], Awaitable[Reply]]
"""An operation that may wait for long. It gets a check whether its client is still connected."""

_LOG = logging.getLogger(__name__)

_CONTENT_TYPE = "application/x-amz-json-1.0"
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_MAX_REQUEST_BYTES = 8 * 1024 * 1024
"""Enough for the largest definition, 1 MiB, with every character escaped."""


class ProtocolError(Exception):
    """A request that is rejected before it reaches an operation."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class AwsJson:
    """The HTTP handler of an endpoint: runs the operations that requests name."""

    operations: Mapping[str, Operation]
    polls: Mapping[str, Poll] = field(default_factory=dict)
    target_prefix: str = "AWSStepFunctions"

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to a request. Errors become responses in AWS's format."""
        try:
            return _build_response(await self._run_operation(request), 200)
        except ServiceError as error:
            return _build_error_response(error.code, str(error), error.status, error.members)
        except ProtocolError as error:
            return _build_error_response(error.code, str(error), error.status)
        except Exception:  # noqa: BLE001 - a bug must not take the endpoint down
            _LOG.exception("A request failed because of a bug in this endpoint.")
            return _build_error_response(
                "InternalServerError", "A bug in the local endpoint: see its log.", 500
            )

    async def _run_operation(self, request: web.BaseRequest) -> Reply:
        name = self._read_operation_name(request)
        body = _parse(await _read_body(request))
        try:
            api_model.validate(service_model("stepfunctions").operation_model(name), body)
        except api_model.WrongType as error:
            raise ProtocolError("SerializationException", str(error)) from error
        if name in self.polls:
            return await self.polls[name](body, partial(_is_connected, request))
        reply = self.operations[name](body)
        return await reply if isinstance(reply, Awaitable) else reply

    def _read_operation_name(self, request: web.BaseRequest) -> str:
        if request.method != "POST":
            raise ProtocolError(
                "MethodNotAllowed",
                f"A Step Functions endpoint accepts POST requests from AWS SDKs, not {request.method}.",
                405,
            )
        prefix, _, name = request.headers.get("X-Amz-Target", "").partition(".")
        if prefix != self.target_prefix or name not in service_model("stepfunctions").operation_names:
            raise ProtocolError("UnknownOperationException", "The X-Amz-Target header names no operation.")
        if name not in self.operations and name not in self.polls:
            # A newer model of AWS may have it.
            raise ProtocolError(
                "UnknownOperationException", f"{name} is not supported by stepfunctions-local."
            )
        return name


def _is_connected(request: web.BaseRequest) -> bool:
    transport = request.transport
    return transport is not None and not transport.is_closing()


async def _read_body(request: web.BaseRequest) -> bytes:
    try:
        return await read_body(request, _MAX_REQUEST_BYTES)
    except BodyTooLarge as error:
        raise ProtocolError("RequestEntityTooLargeException", str(error), 413) from error
    except BodyTooSlow as error:
        raise ProtocolError("RequestTimeoutException", str(error), 408) from error
    except BodyEncoded as error:
        raise ProtocolError(MALFORMED, str(error)) from error
    except BodyError as error:
        raise ProtocolError("SerializationException", str(error)) from error


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body.decode() or "{}")
    except (ValueError, RecursionError) as error:
        raise ProtocolError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ProtocolError("SerializationException", "The request is not a JSON object.")
    if _ESCAPED_SURROGATE.search(body):
        _require_text(parsed)
    return parsed


def _require_text(parsed: dict[str, Any]) -> None:
    """Reject half of a surrogate pair. JSON can escape it, but it is not a character and cannot be stored."""
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ProtocolError("SerializationException", f"The request is not Unicode text: {error}") from error


def _build_error_response(
    code: str, message: str, status: int = 400, members: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    return _build_response({"__type": code, "message": message, **members}, status)


def _build_response(reply: Reply, status: int) -> web.Response:
    present = {key: value for key, value in reply.items() if value is not None}
    headers = {"Content-Type": _CONTENT_TYPE, "x-amzn-RequestId": str(uuid4())}
    return web.Response(body=json.dumps(present).encode(), status=status, headers=headers)
