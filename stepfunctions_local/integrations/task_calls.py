"""Makes the calls of Task states, each to the endpoint that the settings name for its service."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self, cast

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from stepfunctions_local.account import Account
from stepfunctions_local.credentials import Credentials
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, ReadItems, StorageFailed
from stepfunctions_local.integrations import object_parameters
from stepfunctions_local.integrations.datasets import Datasets
from stepfunctions_local.integrations.endpoints import Endpoints
from stepfunctions_local.integrations.http_call import HttpCall
from stepfunctions_local.integrations.invoke import Invoke
from stepfunctions_local.integrations.job import RunningJob, is_execution
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import Service, service_of
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.integrations.start_execution import StartExecution
from stepfunctions_local.integrations.storage import Storage
from stepfunctions_local.lambdas.invocation import MAX_RESPONSE_BYTES
from stepfunctions_local.language import Activity, Call, Failure, Integration, Json, LambdaFunction
from stepfunctions_local.language.map_run import Dataset
from stepfunctions_local.language.resource import Pattern

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from stepfunctions_local.integrations.wire import Wire

_LOG = logging.getLogger(__name__)

_CALL_TYPES: Final[Mapping[str, type[ServiceCall]]] = MappingProxyType(
    {"apigateway": HttpCall, "http": HttpCall, "lambda": Invoke, "states": StartExecution}
)
"""Services whose calls are more than the table of optimized integrations can say."""


_STORAGE: Final = Integration("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3", "getObject")


class TaskCalls:
    """Makes calls over HTTP. Use it as an async context manager.

    `endpoints` are URLs by the services' names in a Resource.
    `environment` has AWS's own variables for further endpoints, such as `AWS_ENDPOINT_URL_S3`.
    `connections` limits the calls in flight.
    """

    def __init__(
        self,
        endpoints: Mapping[str, str],
        *,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        credentials: Credentials | None = None,
        connections: int = 100,
    ) -> None:
        self._endpoints = Endpoints(endpoints, environment or {})
        self._named = endpoints
        self._account = account or Account()
        self._credentials = credentials or Credentials()
        self._connections = connections
        self._warned: set[str] = set()
        self._storage = Storage(self._find_storage, self._credentials, self._account.region)

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._own_url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection pool."""
        self._own_url.cancel()
        await self._session.close()

    def set_own_url(self, url: str) -> None:
        """Set this endpoint's own URL, where Step Functions is called unless the settings name another."""
        self._own_url.set_result(url)

    async def run(self, call: Call, caller: Caller) -> CallOutcome:
        """Make a call and return its outcome. Its timeout starts here."""
        try:
            async with asyncio.timeout(call.timeout_seconds):
                prepared = await object_parameters.fetch(_prepare(call, caller), self._storage)
                outcome = await self._run(prepared)
                follow_up = prepared.find_follow_up(outcome)
                outcome = await self._run(follow_up) if follow_up else outcome
                return await object_parameters.store(prepared, outcome, self._storage)
        except TimeoutError:
            return Failure("States.Timeout")
        except StorageFailed as error:
            return self._report_unavailable(service_of(_STORAGE), str(error))

    async def poll(self, job: str, pattern: Pattern) -> CallOutcome | None:
        """Return the outcome of a job; None while it is running or its service is unavailable."""
        running = RunningJob.parse(job)
        return running.read_outcome(await self._run(running.describe()), pattern)

    async def stop(self, job: str) -> None:
        """Stop an abandoned job, if possible."""
        if call := RunningJob.parse(job).stop():
            await self._run(call)

    def read_items(self, dataset: Dataset, position: Json) -> AsyncIterator[ReadItems]:
        """Yield the items of a dataset after a position; None is its beginning. Raises StorageFailed."""
        return Datasets(self._storage).read(dataset, position)

    async def write_object(self, bucket: str, key: str, parts: AsyncIterator[bytes]) -> int:
        """Write an object, and return its size in bytes. Raises StorageFailed."""
        return await self._storage.write(bucket, key, parts)

    def runs_here(self, job: str) -> bool:
        """Whether a job is an execution of this endpoint, which then knows when it ends."""
        return is_execution(job) and "states" not in self._named

    async def _run(self, call: ServiceCall) -> CallOutcome:
        service = call.service
        if reason := call.integration.optimized.not_here:
            return self._report_unavailable(service, f"{call.integration.arn} is not called here: {reason}.")
        endpoint = await self._find_endpoint(service)
        if endpoint is None:
            missing = self._endpoints.describe_missing(service)
            reason = f"Unable to execute HTTP request: there is no endpoint to call. {missing}"
            return self._report_unavailable(service, reason)
        wire = self._load_wire()
        try:
            response = await self._send(call.build_request(wire, endpoint))
        except aiohttp.ClientError as error:
            return self._report_unavailable(
                service,
                f"Unable to execute HTTP request to {endpoint}: {error}. Is the service running there? "
                f"{self._endpoints.describe_setting(service)} says where it is.",
            )
        self._warned.discard(service.key)
        return call.parse_response(wire, response)

    def _find_storage(self) -> str:
        """Return the URL of S3, for Map Runs. Raises StorageFailed if nothing names it."""
        service = service_of(_STORAGE)
        if endpoint := self._find_named(service):
            return endpoint
        missing = self._endpoints.describe_missing(service)
        raise StorageFailed(f"There is no endpoint of S3 to call. {missing}")

    def _find_named(self, service: Service) -> str | None:
        has_url = self._own_url.done() and not self._own_url.cancelled()
        return self._endpoints.find(service, self._own_url.result() if has_url else None)

    async def _find_endpoint(self, service: Service) -> str | None:
        found = self._find_named(service)
        if found is None and service.key == "states":
            # A call that is repeated after a restart waits until this endpoint listens.
            return await asyncio.shield(self._own_url)
        return found

    async def _send(self, request: "AWSPreparedRequest") -> HttpResponse:
        # The URL is encoded already: it must arrive exactly as it was signed.
        url = URL(request.url, encoded=True)
        async with self._session.request(
            request.method,
            url,
            headers=[*request.headers.items()],
            data=request.body,
            # It might lead to AWS itself.
            allow_redirects=False,
        ) as response:
            headers, body = _read_headers(response), await _read_body(response)
            return HttpResponse(response.status, headers, body, response.reason or "")

    def _report_unavailable(self, service: Service, reason: str) -> Failure:
        """Return a failure. Log it once as well: a state machine may retry for a long time."""
        if service.key not in self._warned:
            _LOG.warning("%s", reason)
        self._warned.add(service.key)
        return service.build_unavailable(reason)

    def _load_wire(self) -> "Wire":
        from stepfunctions_local.integrations.wire import Wire  # noqa: PLC0415 - slow to load

        return Wire(self._credentials, self._account.region)


def _prepare(call: Call, caller: Caller) -> ServiceCall:
    if isinstance(call.resource, LambdaFunction):
        return Invoke.of_function(call.resource, call.parameters)
    if isinstance(call.resource, Activity):
        raise TypeError("An activity is not called.")
    call_type = _CALL_TYPES.get(call.resource.service, ServiceCall)
    return call_type.of(call.resource, cast("dict[str, Json]", call.parameters), caller)


def _read_headers(response: aiohttp.ClientResponse) -> CIMultiDict[str]:
    """Return the headers under their original names."""
    return CIMultiDict(
        (name.decode(), value.decode(errors="replace")) for name, value in response.raw_headers
    )


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            raise aiohttp.ClientPayloadError(f"the response has more than {MAX_RESPONSE_BYTES} bytes")
    return bytes(body)
