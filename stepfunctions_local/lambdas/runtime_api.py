"""The HTTP interface that a worker's runtime client speaks: one server, on a loopback port, for each worker.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import asyncio
from typing import Self

from aiohttp import web

from stepfunctions_local.lambdas.conversation import Conversation
from stepfunctions_local.lambdas.failure import MAX_RESPONSE_BYTES
from stepfunctions_local.lambdas.invocation import Answered, AnswerTooLarge, Delivery, Ending

PREFIX = "/2018-06-01/runtime/"
HOST = "127.0.0.1"
JSON = "application/json"
HANG_UP_SECONDS = 0.01  # not 0, which aiohttp takes for no limit


class RuntimeApi:
    """Carries one conversation over HTTP. `address` is what the runtime finds in AWS_LAMBDA_RUNTIME_API."""

    def __init__(self, conversation: Conversation) -> None:
        self.address = ""
        self._conversation = conversation
        self._http = web.Server(self._handle, access_log=None)
        self._listener: asyncio.Server | None = None

    async def start(self) -> Self:
        """Listen on a free port."""
        self._listener = await asyncio.get_running_loop().create_server(self._http, HOST, 0)
        self.address = f"{HOST}:{self._listener.sockets[0].getsockname()[1]}"
        return self

    async def close(self) -> None:
        """Hang up."""
        if self._listener:
            self._listener.close()
        await self._http.shutdown(HANG_UP_SECONDS)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                return _delivered(await self._conversation.next())
            case "POST", ["invocation", request_id, ("response" | "error") as kind]:
                return await self._answered(request, request_id, failed=kind == "error")
            case "POST", ["init", "error"]:
                self._conversation.fail_to_start(await _body(request) or b"{}")
                return _status(202)
        return _status(404)

    async def _answered(self, request: web.BaseRequest, request_id: str, *, failed: bool) -> web.Response:
        body = await _body(request)
        ending: Ending = AnswerTooLarge() if body is None else Answered(body, failed)
        known = self._conversation.answer(request_id, ending)
        return _status(400) if not known else _status(413) if body is None else _status(202)


async def _body(request: web.BaseRequest) -> bytes | None:
    """Read to the end, or the client would not read the answer; None if it is more than Lambda takes."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        if len(body) <= MAX_RESPONSE_BYTES:
            body += chunk
    return None if len(body) > MAX_RESPONSE_BYTES else bytes(body)


def _delivered(delivery: Delivery | None) -> web.Response:
    if delivery is None:
        return _status(410)
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


def _status(status: int) -> web.Response:
    return web.Response(status=status, body=b"{}", content_type=JSON)
