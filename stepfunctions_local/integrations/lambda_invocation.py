"""Calls Lambda functions at LAMBDA_ENDPOINT for Tasks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import aiohttp

from stepfunctions_local.engine.tasks import Outcome, Result
from stepfunctions_local.integrations.function_name import parse_function_name
from stepfunctions_local.integrations.lambda_answer import LambdaAnswer
from stepfunctions_local.language import Call, Failure, Json, LambdaFunction, dump_json

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
    qualifier: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class LambdaInvocation:
    """Makes the calls of Tasks that name a function's ARN, or `lambda:invoke`.

    `connections` bounds the calls in flight. Use it as an async context manager.
    """

    def __init__(self, endpoint: str, connections: int = 100) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._connections = connections

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
            return Failure("Lambda.SdkClientException", self._unreachable(error))

    async def _run(self, call: Call) -> Outcome:
        by_arn = isinstance(call.resource, LambdaFunction)
        invoke = _invoke_of(call)
        if isinstance(invoke, Failure):
            return invoke
        answer = await self._post(invoke)
        if not answer.accepted:
            return answer.refusal()
        if answer.function_failed:
            return answer.function_failure(answer.body if by_arn else answer.compact_payload())
        return Result(dump_json(answer.payload() if by_arn else answer.invocation()))

    async def _post(self, invoke: _Invoke) -> LambdaAnswer:
        name = parse_function_name(invoke.function)
        path = name.path if name else invoke.function
        query = {"Qualifier": invoke.qualifier} if invoke.qualifier else {}
        url = f"{self._endpoint}/2015-03-31/functions/{path}/invocations"
        async with self._session.post(
            url, params=query, headers=invoke.headers, data=invoke.payload.encode()
        ) as response:
            body = await response.content.read(_MAX_PAYLOAD_BYTES + 1)
            return LambdaAnswer(response.status, response.headers, body.decode(errors="replace"))

    def _unreachable(self, error: aiohttp.ClientError) -> str:
        return (
            f"Unable to execute HTTP request to {self._endpoint}: {error}. "
            "Is the Lambda endpoint running there? LAMBDA_ENDPOINT says where it is."
        )


def _invoke_of(call: Call) -> _Invoke | Failure:
    if isinstance(call.resource, LambdaFunction):
        return _Invoke(call.resource.arn, dump_json(call.parameters))
    parameters = call.parameters if isinstance(call.parameters, dict) else {}
    function, qualifier = parameters.get("FunctionName"), parameters.get("Qualifier")
    if not isinstance(function, str):
        return _not_startable(parameters, "FunctionName")
    return _Invoke(
        function,
        _payload(parameters.get("Payload")),
        str(qualifier) if qualifier else None,
        {header: str(parameters[name]) for name, header in _HEADERS.items() if name in parameters},
    )


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
