"""The Lambda Invoke API for the functions of a built template."""

import asyncio
import base64
import secrets
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self, TextIO

from aiohttp import web

from stepfunctions_local.account import Account
from stepfunctions_local.descriptors import Shares
from stepfunctions_local.endpoints.invoke import call_logs, errors, model
from stepfunctions_local.endpoints.invoke.call_logs import CallLog, CallLogs
from stepfunctions_local.endpoints.invoke.errors import InvokeError
from stepfunctions_local.endpoints.invoke.parsing import (
    INVOCATION_TYPES,
    MAX_ASYNC_EVENT_BYTES,
    MAX_EVENT_BYTES,
    FunctionReference,
    parse_event,
    parse_function_reference,
    parse_options,
)
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.gate import DEFAULT_GATE, Gate
from stepfunctions_local.http.body import BodyEncoded, BodyError, BodyTooLarge, BodyTooSlow, read_body
from stepfunctions_local.lambdas.environment import WorkerEnvironment
from stepfunctions_local.lambdas.function import Function, function_arn
from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome
from stepfunctions_local.lambdas.nodejs import NodeMissing
from stepfunctions_local.lambdas.pool import (
    CodeMissing,
    Pool,
    PoolClosed,
    Processes,
    TooManyWaiting,
    read_code_version,
)
from stepfunctions_local.lambdas.worker import Worker

MAX_PENDING_EVENTS = 1_000
JSON = "application/json"


class LambdaEndpoint:
    """Serves functions by name until it is closed, which leaves no worker behind.

    Only requests that pass the `gate` are served.
    `max_workers` limits the workers of each function, and `max_processes` those of all functions together:
    by default as many as the limit of descriptors allows, 50 at most.
    `log` gets the functions' output.
    `environment` builds the variables of the functions.
    `settle` returns once no build of them is being made. Each call waits for it, and finds the functions
    of the latest build.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        account: Account | None = None,
        *,
        host: str = "127.0.0.1",
        port: int,
        port_option: str = "--port",
        gate: Gate = DEFAULT_GATE,
        log: TextIO = sys.stderr,
        max_workers: int = 10,
        max_processes: int | None = None,
        environment: WorkerEnvironment | None = None,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._functions = functions
        self._account = account or Account()
        self._log = log
        in_all = Shares.of_this_process().processes if max_processes is None else max_processes
        self._processes = Processes(max_workers, in_all)
        self._environment = environment
        self._settle = settle
        self._pools: dict[str, Pool] = {}
        self._closed = False
        self._logs = CallLogs()
        self._events: set[asyncio.Task[None]] = set()
        self._listener = Listener(self._handle, host, port, port_option, gate)

    @property
    def url(self) -> str:
        """The URL for clients on this computer."""
        return self._listener.url

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self._listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill the workers and stop listening; running invocations are lost."""
        self._closed = True
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        await asyncio.gather(*self._events)
        await self._listener.close()

    async def call(self, name: str, event: bytes) -> InvocationOutcome:
        """Call a function by its logical id or its name, as an event source does.

        Raises:
            InvokeError: there is no such function, or it cannot be called now.

        """
        if self._settle:
            await self._settle()
        function = self._find_function(FunctionReference(name, None))
        arn = function_arn(self._account, function.name)
        return await self._run(function, Invocation(str(uuid.uuid4()), event, arn, _create_trace_id()))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == call_logs.PATH:
            return self._logs.serve(request)
        request_id = str(uuid.uuid4())
        try:
            return await self._invoke(request, request_id)
        except InvokeError as error:
            return _build_error_response(error, request_id)

    async def _invoke(self, request: web.BaseRequest, request_id: str) -> web.Response:
        segment = _find_name(request)
        event = parse_event(await _read_body(request))
        options = parse_options(request.headers)
        reference = parse_function_reference(segment, request.query.get("Qualifier"))
        if self._settle:
            await self._settle()
        function = self._find_function(reference)
        arn = function_arn(self._account, function.name, reference.qualifier)
        trace_id = options.trace_id or _create_trace_id()
        invocation = Invocation(request_id, event, arn, trace_id, options.client_context)
        match options.invocation_type:
            case "RequestResponse":
                outcome = await self._run(function, invocation)
                return _build_response(outcome, request_id, log_tail=options.log_tail)
            case "Event":
                return self._enqueue(function, invocation)
            case "DryRun":
                return _build_empty_response(HTTPStatus.NO_CONTENT, request_id)
        raise errors.not_supported(
            f"invocation-type: {options.invocation_type} is not supported. "
            f"Only {', '.join(INVOCATION_TYPES)} are supported."
        )

    def _find_function(self, reference: FunctionReference) -> Function:
        try:
            return self._functions[reference.name]
        except KeyError as error:
            arn = function_arn(self._account, reference.name, reference.qualifier)
            raise errors.unknown_function(arn) from error
        except TemplateError as error:
            raise errors.not_supported(str(error)) from error

    def _find_current(self, function: Function) -> Function:
        """Return a function as the latest build has it, or as it was if that lacks it."""
        try:
            return self._functions[function.logical_id]
        except (KeyError, TemplateError):
            return function

    async def _run(self, function: Function, invocation: Invocation) -> InvocationOutcome:
        try:
            started = datetime.now(UTC)
            outcome = await self._get_pool(function).run(invocation)
        except TooManyWaiting as error:
            raise errors.throttled() from error
        except (CodeMissing, NodeMissing, PoolClosed, OSError) as error:
            raise errors.internal_error(str(error)) from error
        self._logs.keep(invocation, CallLog(function.name, started, outcome.log))
        return outcome

    def _get_pool(self, function: Function) -> Pool:
        if self._closed:
            raise PoolClosed("The endpoint is shutting down.")
        if function.logical_id not in self._pools:
            self._pools[function.logical_id] = Pool(
                lambda: Worker.start(
                    self._find_current(function), self._account, self._log, self._environment
                ),
                lambda: read_code_version(self._find_current(function).code),
                self._processes,
                function.logical_id,
            )
        return self._pools[function.logical_id]

    def _enqueue(self, function: Function, invocation: Invocation) -> web.Response:
        if len(invocation.event) > MAX_ASYNC_EVENT_BYTES:
            raise errors.too_large(MAX_ASYNC_EVENT_BYTES)
        if len(self._events) >= MAX_PENDING_EVENTS:
            raise errors.throttled()
        task = asyncio.create_task(self._run_event(function, invocation))
        self._events.add(task)
        task.add_done_callback(self._events.discard)
        return _build_empty_response(HTTPStatus.ACCEPTED, invocation.request_id)

    async def _run_event(self, function: Function, invocation: Invocation) -> None:
        """Run an asynchronous event. Its errors go to the log, because no caller waits for it."""
        try:
            await self._run(function, invocation)
        except InvokeError as error:
            self._log.write(f"RequestId: {invocation.request_id} was not run: {error.message}\n")


def _find_name(request: web.BaseRequest) -> str:
    """Return the function's percent-encoded name from the path of an Invoke."""
    path = request.raw_path.partition("?")[0]
    match request.method, path.rstrip("/").split("/"):
        case "POST", ["", "2015-03-31", "functions", name, "invocations"] if name:
            return name
    raise _build_path_error(request.method, path)


def _build_path_error(method: str, path: str) -> InvokeError:
    """Build the error for a request that is not an Invoke."""
    methods = {name: verb for name, (verb, pattern) in model.operations().items() if pattern.fullmatch(path)}
    for name, verb in methods.items():
        if verb == method:
            return errors.not_supported(f"{name} is not supported. Only {model.INVOKE} is supported.")
    return errors.unknown_method() if methods else errors.unknown_path()


async def _read_body(request: web.BaseRequest) -> bytes:
    try:
        return await read_body(request, MAX_EVENT_BYTES)
    except BodyTooLarge as error:
        raise errors.too_large(MAX_EVENT_BYTES) from error
    except BodyTooSlow as error:
        raise errors.too_slow(str(error)) from error
    except BodyEncoded as error:
        raise errors.malformed(str(error)) from error
    except BodyError as error:
        raise errors.invalid_content(f"Could not read the request body: {error}") from error


def _build_response(outcome: InvocationOutcome, request_id: str, *, log_tail: bool) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if log_tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
    return web.Response(body=outcome.payload, content_type=JSON, headers=headers)


def _build_empty_response(status: HTTPStatus, request_id: str) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
    return web.Response(status=status, content_type=JSON, headers=headers)


def _build_error_response(error: InvokeError, request_id: str) -> web.Response:
    headers = {"x-amzn-RequestId": request_id, "x-amzn-errortype": error.type}
    return web.Response(status=error.status, body=error.body, content_type=JSON, headers=headers)


def _create_trace_id() -> str:
    """Return a new trace header in X-Ray's format, which is not sampled."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
