"""The endpoint of DynamoDB and SQS: which requests reach the services, and what comes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web

from stepfunctions_local.endpoints.clock import PATH
from stepfunctions_local.engine.clock import ManualClock, SkippableClock
from stepfunctions_local.local_aws.endpoint import REVISION_PATH, LocalAwsEndpoint
from tests.unit.local_aws.fakes import FakeBackend

NOW = datetime(2026, 12, 1, tzinfo=UTC)


async def show_clock(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="the clock")


@asynccontextmanager
async def serving(backend: FakeBackend) -> AsyncIterator[aiohttp.ClientSession]:
    clock = SkippableClock(ManualClock(NOW), timedelta(days=7))
    async with LocalAwsEndpoint("127.0.0.1", 0) as endpoint, aiohttp.ClientSession(endpoint.url) as client:
        endpoint.open(backend, clock, show_clock)
        yield client


async def test_request_reaches_the_service_of_its_target() -> None:
    """The answer has the date of the endpoint's clock."""
    backend = FakeBackend({"GetItem": {"Item": {}}})
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "X-Other": "dropped"}
    async with serving(backend) as client, client.post("/", headers=headers, data="{}") as response:
        assert await response.json(content_type=None) == {"Item": {}}
        assert response.headers["Date"] == "Tue, 08 Dec 2026 00:00:00 GMT"
        assert response.headers["X-Stepfunctions-Local-Skipped-Seconds"] == "604800.000"
    (request,) = backend.requests
    assert request.service == "dynamodb"
    assert request.headers.keys() == {"content-type", "host", "x-amz-target"}


async def test_form_is_the_older_protocol_of_sqs() -> None:
    """Older SDKs still send it."""
    backend = FakeBackend()
    async with serving(backend) as client, client.post("/1/Work?Action=ListQueues&a=1&a=2") as response:
        assert response.status == 200
    (request,) = backend.requests
    assert (request.service, request.path) == ("sqs", "/1/Work")
    assert request.query == {"Action": ["ListQueues"], "a": ["1", "2"]}


async def test_other_services_are_refused() -> None:
    """With an error that SDKs can read."""
    headers = {"X-Amz-Target": "Kinesis_20131202.ListStreams"}
    async with serving(FakeBackend()) as client, client.post("/", headers=headers) as response:
        assert response.status == 404
        assert response.headers["x-amzn-errortype"] == "UnknownOperationException"


async def test_ended_process_is_an_error_that_sdks_repeat() -> None:
    """Another one has started until then."""
    headers = {"X-Amz-Target": "AmazonSQS.ListQueues"}
    backend = FakeBackend(has_ended=True)
    async with serving(backend) as client, client.post("/", headers=headers) as response:
        assert response.status == 503


async def test_clock_is_here_too() -> None:
    """For clients that know no other endpoint."""
    async with serving(FakeBackend()) as client, client.get(PATH) as response:
        assert await response.text() == "the clock"


async def test_foreign_host_is_refused() -> None:
    """As by every listener."""
    headers = {"Host": "example.com", "X-Amz-Target": "AmazonSQS.ListQueues"}
    async with serving(FakeBackend()) as client, client.post("/", headers=headers) as response:
        assert response.status == 403


async def test_revision_of_rows_changes_with_writes_alone() -> None:
    """Reads and messages leave it as it is."""

    async def read_revision(client: aiohttp.ClientSession) -> str:
        async with client.get(REVISION_PATH) as response:
            return str((await response.json())["revision"])

    targets = ("DynamoDB_20120810.Query", "AmazonSQS.SendMessage", "DynamoDB_20120810.UpdateItem")
    async with serving(FakeBackend()) as client:
        found = [await read_revision(client)]
        for target in targets:
            async with client.post("/", headers={"X-Amz-Target": target}, data="{}"):
                found.append(await read_revision(client))
    assert found[0] == found[1] == found[2] != found[3]
