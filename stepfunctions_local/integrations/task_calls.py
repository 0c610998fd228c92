"""Makes the calls of Task states, each at the endpoint that the settings name for its service."""

import asyncio
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self, cast

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.execution_job import describe, outcome_of, stop
from stepfunctions_local.integrations.invoke import Invoke
from stepfunctions_local.integrations.put_events import PutEvents
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES, Service
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.integrations.start_execution import StartExecution
from stepfunctions_local.language import Call, Failure, Json, LambdaFunction
from stepfunctions_local.language.resource import Pattern

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from stepfunctions_local.integrations.wire import Wire

_LOG = logging.getLogger(__name__)

_KINDS: Final[Mapping[str, type[ServiceCall]]] = MappingProxyType(
    {"events": PutEvents, "lambda": Invoke, "states": StartExecution}
)
"""The services that are called in a way of their own."""

_MAX_ANSWER_BYTES = 6_291_556
"""The largest payload that Lambda returns, more than any other service. Source: "Lambda quotas"."""


class TaskCalls:
    """Makes calls over HTTP. Use it as an async context manager.

    `endpoints` are URLs by the names that services have in a Resource. `connections` bounds the calls in
    flight.
    """

    def __init__(
        self,
        endpoints: Mapping[str, str],
        *,
        account: Account | None = None,
        credentials: Credentials | None = None,
        connections: int = 100,
    ) -> None:
        self._endpoints = endpoints
        self._account = account or Account()
        self._credentials = credentials or Credentials()
        self._connections = connections
        self._warned: set[str] = set()

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        self._itself: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        self._itself.cancel()
        await self._session.close()

    def set_own_url(self, url: str) -> None:
        """Say where this endpoint is: Step Functions is called there unless the settings name another."""
        self._itself.set_result(url)

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Make one call. Its timeout counts from here."""
        try:
            async with asyncio.timeout(call.timeout_seconds):
                prepared = _prepared(call, caller)
                outcome = await self._run(prepared)
                instead = prepared.instead(outcome)
                return await self._run(instead) if instead else outcome
        except TimeoutError:
            return Failure("States.Timeout")

    async def poll(self, job: str, pattern: Pattern) -> CallOutcome | None:
        """Ask what became of a job; nothing while it runs, or nobody can be asked."""
        described = await self._run(describe(job))
        if isinstance(described, CallResult):
            return outcome_of(described.text, pattern)
        return None if SERVICES["states"].is_unavailable(described) else described

    async def stop(self, job: str) -> None:
        """End a job that nobody waits for any more, if that can be done."""
        await self._run(stop(job))

    @property
    def jobs_run_here(self) -> bool:
        """Whether jobs are executions of this endpoint, which knows itself when they end."""
        return "states" not in self._endpoints

    async def _run(self, call: ServiceCall) -> CallOutcome:
        service = call.service
        endpoint = await self._endpoint(service)
        if endpoint is None:
            return self._unavailable(
                service,
                f"Unable to execute HTTP request: there is no endpoint to call. Set {service.setting}, or "
                f"{service.option}, to the URL where the service is.",
            )
        wire = self._wire()
        try:
            response = await self._send(call.request(wire, endpoint))
        except aiohttp.ClientError as error:
            return self._unavailable(
                service,
                f"Unable to execute HTTP request to {endpoint}: {error}. Is the service running there? "
                f"{service.setting} says where it is.",
            )
        self._warned.discard(service.key)
        return call.outcome(wire, response)

    async def _endpoint(self, service: Service) -> str | None:
        named = self._endpoints.get(service.key)
        if named is None and service.key == "states":
            # A call that is repeated at the start is made once this endpoint can answer it.
            return await asyncio.shield(self._itself)
        return named

    async def _send(self, request: "AWSPreparedRequest") -> HttpResponse:
        # Encoded already: what was signed must arrive as it was written.
        url = URL(request.url, encoded=True)
        async with self._session.request(
            request.method, url, headers=[*request.headers.items()], data=request.body
        ) as response:
            return HttpResponse(response.status, _headers(response), await _read(response))

    def _unavailable(self, service: Service, reason: str) -> Failure:
        """Tell the person at the terminal, too, but once: a state machine may try again for a long time."""
        if service.key not in self._warned:
            _LOG.warning("%s", reason)
        self._warned.add(service.key)
        return service.unavailable(reason)

    def _wire(self) -> "Wire":
        from stepfunctions_local.integrations.wire import Wire  # noqa: PLC0415 - slow to load

        return Wire(self._credentials, self._account.region)


def _prepared(call: Call, caller: Caller) -> ServiceCall:
    if isinstance(call.resource, LambdaFunction):
        return Invoke.of_function(call.resource, call.parameters)
    kind = _KINDS.get(call.resource.service, ServiceCall)
    return kind.of(call.resource, cast("dict[str, Json]", call.parameters), caller)


def _headers(response: aiohttp.ClientResponse) -> CIMultiDict[str]:
    """Keep the names as they were sent."""
    return CIMultiDict(
        (name.decode(), value.decode(errors="replace")) for name, value in response.raw_headers
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError(f"the answer has more than {_MAX_ANSWER_BYTES} bytes")
    return bytes(body)
