"""The Lambda Invoke API on this machine, for the functions of a built template."""

import asyncio
import base64
import os
import secrets
import sys
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Self, TextIO

from aiohttp import web

from stepfunctions_local.account import Account
from stepfunctions_local.endpoints.invoke import model, parsing, refusal
from stepfunctions_local.endpoints.invoke.parsing import FunctionName, InvokeOptions
from stepfunctions_local.endpoints.invoke.refusal import Refusal
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function, function_arn
from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome
from stepfunctions_local.lambdas.pool import CodeMissing, Pool, PoolClosed, TooManyWaiting, read_code_version
from stepfunctions_local.lambdas.worker import Worker

MAX_PENDING_EVENTS = 1_000
JSON = "application/json"


class LambdaEndpoint:
    """Serves `functions`, by the names they are looked up by, until it is closed; then no worker is left.

    Each function has at most `max_workers` workers. Their output goes to `log`. They get the AWS
    credentials of `environment`, or dummies.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        account: Account | None = None,
        *,
        host: str = "127.0.0.1",
        port: int,
        port_option: str = "--port",
        log: TextIO = sys.stderr,
        max_workers: int = 10,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._functions = functions
        self._account = account or Account()
        self._log = log
        self._max_workers = max_workers
        self._environment = environment
        self._pools: dict[str, Pool] = {}
        self._closed = False
        self._events: set[asyncio.Task[None]] = set()
        self._listener = Listener(self._handle, host, port, port_option)

    @property
    def url(self) -> str:
        """Where a client on this machine finds it."""
        return self._listener.url

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self._listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill the workers and stop listening; what was still running is lost."""
        self._closed = True
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        await asyncio.gather(*self._events)
        await self._listener.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        request_id = str(uuid.uuid4())
        try:
            return await self._invoked(request, request_id)
        except Refusal as refusal:
            return _refused(refusal, request_id)

    async def _invoked(self, request: web.BaseRequest, request_id: str) -> web.Response:
        segment = _named_in(request)
        event = parsing.event(await _body(request))
        options = parsing.invoke_options(request.headers)
        named = parsing.function_name(segment, request.query.get("Qualifier"))
        function = self._function(named)
        invocation = self._invocation(request_id, function, named, event, options)
        match options.invocation_type:
            case "RequestResponse":
                return _answered(await self._run(function, invocation), request_id, log_tail=options.log_tail)
            case "Event":
                return self._queued(function, invocation)
            case "DryRun":
                return _empty(HTTPStatus.NO_CONTENT, request_id)
        raise refusal.not_served(
            f"invocation-type: {options.invocation_type} is not supported. "
            f"Only {', '.join(parsing.INVOCATION_TYPES)} are supported."
        )

    def _function(self, named: FunctionName) -> Function:
        try:
            return self._functions[named.name]
        except KeyError as error:
            raise refusal.unknown_function(
                function_arn(self._account, named.name, named.qualifier)
            ) from error
        except TemplateError as error:
            raise refusal.not_served(str(error)) from error

    def _invocation(
        self, request_id: str, function: Function, named: FunctionName, event: bytes, options: InvokeOptions
    ) -> Invocation:
        arn = function_arn(self._account, function.name, named.qualifier)
        return Invocation(request_id, event, arn, options.trace or _new_trace(), options.client_context)

    async def _run(self, function: Function, invocation: Invocation) -> InvocationOutcome:
        try:
            return await self._pool(function).run(invocation)
        except TooManyWaiting as error:
            raise refusal.throttled() from error
        except (CodeMissing, PoolClosed, OSError) as error:
            raise refusal.broken(str(error)) from error

    def _pool(self, function: Function) -> Pool:
        if self._closed:
            raise PoolClosed("The endpoint is shutting down.")
        if function.logical_id not in self._pools:
            self._pools[function.logical_id] = Pool(
                lambda: Worker.start(function, self._account, self._log, self._environment),
                lambda: read_code_version(function.code),
                self._max_workers,
            )
        return self._pools[function.logical_id]

    def _queued(self, function: Function, invocation: Invocation) -> web.Response:
        if len(invocation.event) > parsing.MAX_ASYNC_EVENT_BYTES:
            raise refusal.too_large(parsing.MAX_ASYNC_EVENT_BYTES)
        if len(self._events) >= MAX_PENDING_EVENTS:
            raise refusal.throttled()
        task = asyncio.create_task(self._run_unheard(function, invocation))
        self._events.add(task)
        task.add_done_callback(self._events.discard)
        return _empty(HTTPStatus.ACCEPTED, invocation.request_id)

    async def _run_unheard(self, function: Function, invocation: Invocation) -> None:
        """Run an event that nobody waits for: only the log can say that it could not be."""
        try:
            await self._run(function, invocation)
        except Refusal as refusal:
            self._log.write(f"RequestId: {invocation.request_id} was not run: {refusal.message}\n")


def _named_in(request: web.BaseRequest) -> str:
    """Find the function's name in the path of an Invoke, still percent-encoded."""
    path = request.raw_path.partition("?")[0]
    match request.method, path.rstrip("/").split("/"):
        case "POST", ["", "2015-03-31", "functions", name, "invocations"] if name:
            return name
    raise _elsewhere(request.method, path)


def _elsewhere(method: str, path: str) -> Refusal:
    """Say what is wrong with a request that is no Invoke."""
    here = {name: verb for name, (verb, pattern) in model.operations().items() if pattern.fullmatch(path)}
    for name, verb in here.items():
        if verb == method:
            return refusal.not_served(f"{name} is not supported. Only {model.INVOKE} is supported.")
    return refusal.unknown_method() if here else refusal.unknown_path()


async def _body(request: web.BaseRequest) -> bytes:
    if (request.content_length or 0) > parsing.MAX_EVENT_BYTES:
        raise refusal.too_large(parsing.MAX_EVENT_BYTES)
    try:
        return await _read(request)
    except (web.RequestPayloadError, ConnectionError) as error:
        raise refusal.invalid_content(f"Could not read the request body: {error}") from error


async def _read(request: web.BaseRequest) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > parsing.MAX_EVENT_BYTES:
            raise refusal.too_large(parsing.MAX_EVENT_BYTES)
    return bytes(body)


def _answered(outcome: InvocationOutcome, request_id: str, *, log_tail: bool) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if log_tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
    return web.Response(body=outcome.payload, content_type=JSON, headers=headers)


def _empty(status: HTTPStatus, request_id: str) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
    return web.Response(status=status, content_type=JSON, headers=headers)


def _refused(refusal: Refusal, request_id: str) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "x-amzn-errortype": refusal.type}
    return web.Response(status=refusal.status, body=refusal.body, content_type=JSON, headers=headers)


def _new_trace() -> str:
    """Make up a trace that is not sampled, in X-Ray's form."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
