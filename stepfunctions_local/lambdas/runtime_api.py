"""The HTTP interface for a worker's runtime client: one server for each worker, on a loopback port.

A secret at the beginning of each path keeps out all others on this computer, web pages included: other users
cannot read it, since it is in the environment of the worker alone.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import hmac
import secrets
from typing import Self

from aiohttp import web

from stepfunctions_local.gate import DEFAULT_GATE
from stepfunctions_local.http.body import BodyError, BodyTooLarge, read_body
from stepfunctions_local.http.connection import trust
from stepfunctions_local.http.hosts import list_hosts
from stepfunctions_local.http.server import HttpServer
from stepfunctions_local.lambdas.invocation import (
    MAX_RESPONSE_BYTES,
    Delivery,
    Ending,
    Responded,
    ResponseTooLarge,
)
from stepfunctions_local.lambdas.session import AlreadyPolling, RuntimeSession

PREFIX = "2018-06-01/runtime/"
HOST = "127.0.0.1"
JSON = "application/json"
MAX_CONNECTIONS = 4
"""A worker has one, or two while it reports that its handler cannot be loaded."""
HANG_UP_SECONDS = 0.01  # 0 would mean no limit to aiohttp


class RuntimeApi:
    """Carries one session over HTTP. `address` is the value of the runtime's AWS_LAMBDA_RUNTIME_API."""

    def __init__(self, session: RuntimeSession) -> None:
        self.address = ""
        self._session = session
        self._secret = secrets.token_urlsafe(32)
        # A poll ends with its connection, or it would take an invocation that it cannot pass on.
        self._server = HttpServer(self._handle, MAX_CONNECTIONS, handler_cancellation=True)

    async def start(self) -> Self:
        """Listen on a free port."""
        await self._server.start(HOST, 0)
        self.address = f"{HOST}:{self._server.port}/{self._secret}"
        return self

    async def close(self) -> None:
        """Stop listening and drop the connection."""
        await self._server.close(HANG_UP_SECONDS)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        secret, _, path = request.path.removeprefix("/").partition("/")
        if not self._may_pass(request, secret):
            refusal = _build_status(403)
            refusal.force_close()
            return refusal
        trust(request)  # or a crowd of others would end the worker by taking its connection
        try:
            return await self._answer(request, path)
        except BodyError:
            return _build_status(400)

    async def _answer(self, request: web.BaseRequest, path: str) -> web.Response:
        match request.method, path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                return await self._handle_poll()
            case "POST", ["invocation", request_id, ("response" | "error") as kind]:
                return await self._handle_response(request, request_id, failed=kind == "error")
            case "POST", ["init", "error"]:
                self._session.fail_init(await _read_body(request) or b"{}")
                return _build_status(202)
        return _build_status(404)

    def _may_pass(self, request: web.BaseRequest, secret: str) -> bool:
        hosts, origins = list_hosts(request), request.headers.getall("Origin", ())
        is_worker = hmac.compare_digest(secret.encode(errors="replace"), self._secret.encode())
        return is_worker and not origins and DEFAULT_GATE.refuse(hosts, origins) is None

    async def _handle_poll(self) -> web.Response:
        try:
            return _build_delivery(await self._session.next())
        except AlreadyPolling:
            return _build_status(409)

    async def _handle_response(
        self, request: web.BaseRequest, request_id: str, *, failed: bool
    ) -> web.Response:
        body = await _read_body(request)
        ending: Ending = ResponseTooLarge() if body is None else Responded(body, failed)
        is_current = self._session.respond(request_id, ending)
        return _build_status(400 if not is_current else 413 if body is None else 202)


async def _read_body(request: web.BaseRequest) -> bytes | None:
    """Return a request's body, or None if it is larger than Lambda allows.

    Even then it is read to its end: the client would not read the response before.
    """
    try:
        return await read_body(request, MAX_RESPONSE_BYTES, to_its_end=True)
    except BodyTooLarge:
        return None


def _build_delivery(delivery: Delivery | None) -> web.Response:
    if delivery is None:
        return _build_status(410)
    invocation = delivery.invocation
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(delivery.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_id,
    }
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return web.Response(body=invocation.event, content_type=JSON, headers=headers)


def _build_status(status: int) -> web.Response:
    return web.Response(status=status, body=b"{}", content_type=JSON)
