"""The HTTP endpoint of DynamoDB and SQS, which passes requests on to the process that runs them."""

import asyncio
import json
import logging
from typing import Any, Final, Protocol, Self

from aiohttp import web

from stepfunctions_local.endpoints.clock import PATH as CLOCK_PATH
from stepfunctions_local.endpoints.date import add_date
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.engine.clock import SkippableClock
from stepfunctions_local.errors import StepFunctionsLocalError
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.http.body import BodyError, read_body
from stepfunctions_local.http.handler import Handler
from stepfunctions_local.local_aws.process import AwsRequest, AwsResponse, LocalAwsStopped

PORT_OPTION: Final = "--aws-port"
_TARGETS: Final = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}
"""The services by what an X-Amz-Target begins with."""

_JSON: Final = {"dynamodb": "application/x-amz-json-1.0", "sqs": "application/x-amz-json-1.0"}
_MAX_BODY_BYTES: Final = 17 * 1024 * 1024
"""BatchWriteItem takes 16 MB. Source: "Quotas in Amazon DynamoDB"."""

REVISION_PATH: Final = "/_stepfunctions-local/rows"
"""The path of a text that changes with the rows, and if time is skipped. No AWS client uses it."""

_READS: Final = ("Query", "GetItem", "BatchGetItem", "Scan", "Describe", "List")
"""The beginnings of the names of operations that change no row."""

_KEPT_HEADERS: Final = frozenset({"authorization", "content-type", "host", "x-amz-target"})
_FAILED: Final = 400
"""The first HTTP status of an error."""

_LOG: Final = logging.getLogger(__name__)


class LocalAwsError(StepFunctionsLocalError):
    """DynamoDB or SQS refused a call. `code` is the name of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Backend(Protocol):
    """A server of the requests, behind the endpoint."""

    async def send(self, request: AwsRequest) -> AwsResponse:
        """Return the response to a request. Raise LocalAwsStopped if there is nothing left to answer it."""
        ...


class LocalAwsEndpoint:
    """Listens until it is closed. Requests wait until it is opened, when the tables and queues are there.

    `host` has to be an address of this computer alone, as no signature is checked.
    """

    def __init__(self, host: str, port: int, gate: Gate = DEFAULT_GATE) -> None:
        self._listener = Listener(self._handle, host, port, PORT_OPTION, gate)
        self._opened = asyncio.Event()
        self._backend: Backend | None = None
        self._clock: SkippableClock | None = None
        self._clock_endpoint: Handler | None = None
        self._changes = 0

    @property
    def url(self) -> str:
        """The URL for clients on this computer."""
        return self._listener.url

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self._listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        self._opened.set()
        await self._listener.close()

    def open(self, backend: Backend, clock: SkippableClock, clock_endpoint: Handler) -> None:
        """Serve the requests so far and all later ones. `clock_endpoint` serves the path of the clock."""
        self._backend, self._clock, self._clock_endpoint = backend, clock, clock_endpoint
        self._opened.set()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._opened.wait()
        if request.path == CLOCK_PATH and self._clock_endpoint:
            return await self._clock_endpoint(request)
        if request.path == REVISION_PATH:
            return web.json_response({"revision": self._format_revision()})
        handler: Handler = self._answer
        return await (add_date(handler, self._clock) if self._clock else handler)(request)

    def _format_revision(self) -> str:
        ahead = self._clock.ahead.total_seconds() if self._clock else 0.0
        return f"{self._changes} {ahead:.3f}"

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        service = _find_service(request)
        if service is None:
            return _build_error(404, "UnknownOperationException", "Only DynamoDB and SQS are served here.")
        try:
            body = await read_body(request, _MAX_BODY_BYTES)
            answer = await self._send(_build_request(service, request, body))
            self._changes += changes_rows(request.headers.get("X-Amz-Target", ""))
            return _build_response(answer)
        except BodyError as error:
            return _build_error(400, "SerializationException", str(error))
        except LocalAwsStopped as error:
            return _build_error(503, "ServiceUnavailable", str(error))

    async def _send(self, request: AwsRequest) -> AwsResponse:
        if self._backend is None:
            raise LocalAwsStopped("The endpoint is shutting down.")
        return await self._backend.send(request)


async def call(backend: Backend, service: str, operation: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any member
    """Call an operation, and return the members of its output.

    Raises:
        LocalAwsError: the service refused it.
        LocalAwsStopped: there is no service any more.

    """
    prefix = next(target for target, name in _TARGETS.items() if name == service)
    headers = {"x-amz-target": f"{prefix}.{operation}", "content-type": _JSON[service]}
    output: dict[str, Any] = await ask(backend, AwsRequest(service, headers, json.dumps(members)))
    return output


async def ask(backend: Backend, request: AwsRequest) -> Any:  # noqa: ANN401 - any JSON
    """Send a request, and return the JSON that answers it.

    Raises:
        LocalAwsError: it was refused.
        LocalAwsStopped: there is no service any more.

    """
    response = await backend.send(request)
    output = json.loads(response.body or "{}")
    if response.status >= _FAILED:
        code = str(output.get("__type", response.status)).rpartition("#")[2]
        raise LocalAwsError(code, str(output.get("message", output.get("Message", ""))))
    return output


def changes_rows(target: str) -> bool:
    """Whether an operation of DynamoDB may change rows, by its X-Amz-Target."""
    service, _, operation = target.partition(".")
    return _TARGETS.get(service) == "dynamodb" and not operation.startswith(_READS)


def _find_service(request: web.BaseRequest) -> str | None:
    """Return the service that a request is for. SQS has an older protocol too, with forms."""
    target = request.headers.get("X-Amz-Target", "").partition(".")[0]
    if target:
        return _TARGETS.get(target)
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return "sqs" if is_form or "Action" in request.query else None


def _build_request(service: str, request: web.BaseRequest, body: bytes) -> AwsRequest:
    headers = {
        name.lower(): value for name, value in request.headers.items() if name.lower() in _KEPT_HEADERS
    }
    text = body.decode("utf-8", "surrogateescape")
    query = {name: request.query.getall(name) for name in request.query}
    return AwsRequest(service, headers, text, request.method, request.path, query)


def _build_response(answer: AwsResponse) -> web.Response:
    body = answer.body.encode("utf-8", "surrogateescape")
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    return web.Response(status=answer.status, body=body, headers=headers)


def _build_error(status: int, code: str, message: str) -> web.Response:
    error = {"__type": code, "message": message}
    return web.json_response(error, status=status, headers={"x-amzn-errortype": code})
