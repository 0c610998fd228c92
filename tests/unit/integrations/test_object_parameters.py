"""Models of Bedrock are invoked with bodies from S3, and their answers are written there."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from stepfunctions_local.integrations.task_calls import TaskCalls
from stepfunctions_local.language import Call, Failure, Integration, Json
from stepfunctions_local.language.operation import find_faults
from tests.unit.integrations.calls import CALLER, get_failure, get_result

ANSWER = {"content": [{"text": "hi"}]}


@dataclass
class Services:
    """A server of objects and models. `objects` are by their paths, `bodies` are those of the models."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    answer: bytes = json.dumps(ANSWER).encode()

    async def serve(self, request: web.BaseRequest) -> web.Response:
        """Answer as Bedrock or S3 does."""
        if request.path.startswith("/model/"):
            self.bodies.append(await request.read())
            return web.Response(body=self.answer, content_type="application/json")
        if request.method == "PUT":
            self.objects[request.path] = await request.read()
        elif request.path not in self.objects:
            return web.Response(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")
        body = self.objects[request.path] if request.method == "GET" else b""
        return web.Response(body=body, headers={"ETag": '"1"'})


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    services = Services()
    server = web.Server(services.serve)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    services.url = f"http://{host}:{port}"
    yield services
    await runner.cleanup()


@pytest.fixture
async def calls(services: Services) -> AsyncIterator[TaskCalls]:
    async with TaskCalls({}, environment={"AWS_ENDPOINT_URL": services.url}) as calls:
        yield calls


@pytest.mark.parametrize(("answer", "body"), [(json.dumps(ANSWER), ANSWER), ("hi", "hi")])
async def test_the_body_of_an_answer_is_json_or_text(
    answer: str, body: Json, calls: TaskCalls, services: Services
) -> None:
    """As after `$.Body.content[0].text`, which the guides use."""
    services.answer = answer.encode()
    invoked = await get_result(calls, "bedrock:invokeModel", {"ModelId": "m", "Body": {"a": 1}})
    assert invoked == {"Body": body, "ContentType": "application/json"}
    assert services.bodies == [b'{"a":1}']


async def test_objects_take_the_place_of_bodies(calls: TaskCalls, services: Services) -> None:
    """`Input` is read, and `Output` written. The result names the written object."""
    services.objects["/prompts/a%20b.json"] = services.objects["/prompts/a b.json"] = b'{"from": "S3"}'
    given: dict[str, Json] = {
        "ModelId": "m",
        "Input": {"S3Uri": "s3://prompts/a b.json"},
        "Output": {"S3Uri": "s3://answers/1.json"},
    }
    assert find_faults(Integration("", "bedrock", "invokeModel"), given) == []
    invoked = await get_result(calls, "bedrock:invokeModel", given)
    assert services.bodies == [b'{"from": "S3"}']
    assert json.loads(services.objects["/answers/1.json"]) == ANSWER
    assert invoked["Body"] == "s3://answers/1.json"


@pytest.mark.parametrize(
    ("uri", "cause"),
    [
        ("s3://prompts/none.json", "NoSuchKey"),
        ("https://prompts/a", "'https://prompts/a' is not the URI of an object: s3://bucket/key."),
        ("s3://prompts", "'s3://prompts' is not the URI of an object: s3://bucket/key."),
    ],
)
async def test_an_unreadable_object_fails_the_task(uri: str, cause: str, calls: TaskCalls) -> None:
    """The model is not invoked."""
    error, found = await get_failure(calls, "bedrock:invokeModel", {"ModelId": "m", "Input": {"S3Uri": uri}})
    assert error == "S3.SdkClientException"
    assert cause in found


async def test_integrations_that_only_aws_can_call_fail_by_name(calls: TaskCalls, services: Services) -> None:
    """Nothing is sent, whatever endpoints there are."""
    arn = "arn:aws:states:::eks:runJob"
    failed = await calls.run(Call(Integration(arn, "eks", "runJob"), {"ClusterName": "c"}), CALLER)
    cause = f"{arn} is not called here: it calls a Kubernetes cluster, not a service of AWS."
    assert (failed, services.objects) == (Failure("EKS.SdkClientException", cause), {})
