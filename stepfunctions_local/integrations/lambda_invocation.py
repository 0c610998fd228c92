"""Calls Lambda functions at LAMBDA_ENDPOINT for Tasks."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from stepfunctions_local.engine.tasks import Outcome, Result
from stepfunctions_local.integrations.lambda_answer import LambdaAnswer
from stepfunctions_local.language import Call, Failure, Json, LambdaFunction, dump_json
from stepfunctions_local.language.resource import parse_lambda_arn

_LOG = logging.getLogger(__name__)

_HEADERS = {
    "ClientContext": "X-Amz-Client-Context",
    "InvocationType": "X-Amz-Invocation-Type",
    "LogType": "X-Amz-Log-Type",
}
"""Which parameters of Invoke travel as headers. Source: "Invoke" in the Lambda API Reference."""

_MAX_PAYLOAD_BYTES = 6_291_556
"""The largest payload that Lambda returns. Source: "Lambda quotas"."""


@dataclass(frozen=True, slots=True)
class _Invoke:
    function: str
    payload: str
    headers: Mapping[str, str] = field(default_factory=dict)


class LambdaInvocation:
    """Makes the calls of Tasks that name a function's ARN, or `lambda:invoke`.

    `connections` bounds the calls in flight. Use it as an async context manager.
    """

    def __init__(self, endpoint: str, connections: int = 100) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._connections = connections
        self._warned = False

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        await self._session.close()

    async def run(self, call: Call) -> Outcome:
        """Make one call. Its timeout counts from here."""
        try:
            async with asyncio.timeout(call.timeout_seconds):
                return await self._run(call)
        except TimeoutError:
            return Failure("States.Timeout")
        except aiohttp.ClientError as error:
            reason = self._unreachable(error)
            self._warn_once(reason)
            return Failure("Lambda.SdkClientException", reason)

    def _warn_once(self, reason: str) -> None:
        """Tell the person at the terminal, too: a state machine may try again for a long time."""
        if not self._warned:
            _LOG.warning("%s", reason)
        self._warned = True

    async def _run(self, call: Call) -> Outcome:
        by_arn = isinstance(call.resource, LambdaFunction)
        invoke = _invoke_of(call)
        if isinstance(invoke, Failure):
            return invoke
        answer = await self._post(invoke)
        self._warned = False
        if not answer.accepted:
            return answer.refusal()
        if answer.function_failed:
            return answer.function_failure(answer.body if by_arn else answer.compact_payload())
        return Result(dump_json(answer.payload() if by_arn else answer.invocation()))

    async def _post(self, invoke: _Invoke) -> LambdaAnswer:
        path = f"/2015-03-31/functions/{quote(invoke.function, safe='')}/invocations"
        # Encoded already: an ARN's colons and dollar signs must arrive as they were written.
        url = URL(self._endpoint + path, encoded=True)
        async with self._session.post(url, headers=invoke.headers, data=invoke.payload.encode()) as response:
            body = await _read(response)
            return LambdaAnswer(response.status, response.headers, body.decode(errors="replace"))

    def _unreachable(self, error: aiohttp.ClientError) -> str:
        return (
            f"Unable to execute HTTP request to {self._endpoint}: {error}. "
            "Is the Lambda endpoint running there? LAMBDA_ENDPOINT says where it is."
        )


def _invoke_of(call: Call) -> _Invoke | Failure:
    if isinstance(call.resource, LambdaFunction):
        return _Invoke(_qualified(call.resource.arn, None), dump_json(call.parameters))
    parameters = call.parameters if isinstance(call.parameters, dict) else {}
    function, qualifier = parameters.get("FunctionName"), parameters.get("Qualifier")
    if not isinstance(function, str):
        return _not_startable(parameters, "FunctionName")
    return _Invoke(
        _qualified(function, qualifier),
        _payload(parameters.get("Payload")),
        {header: str(parameters[name]) for name, header in _HEADERS.items() if name in parameters},
    )


def _qualified(function: str, qualifier: Json) -> str:
    """Name the function as every local Lambda endpoint understands it: not by ARN, and with a qualifier."""
    arn = parse_lambda_arn(function)
    name, named_qualifier = (arn.name, arn.qualifier) if arn else (function, None)
    if ":" in name:
        return name
    return f"{name}:{named_qualifier or qualifier or '$LATEST'}"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_PAYLOAD_BYTES:
            raise aiohttp.ClientPayloadError(f"the answer has more than {_MAX_PAYLOAD_BYTES} bytes")
    return bytes(body)


def _payload(value: Json) -> str:
    # Text goes out as it stands, and null as nothing at all: so it was recorded on AWS.
    if isinstance(value, str):
        return value
    return "" if value is None else dump_json(value)


def _not_startable(parameters: Json, field_name: str) -> Failure:
    cause = (
        f"The Parameters '{dump_json(parameters)}' could not be used to start the Task: "
        f"[The field '{field_name}' is required but was missing]"
    )
    return Failure("States.Runtime", cause)
