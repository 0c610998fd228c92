"""Serves the function that leaves processes behind, prints its URL, and ends with its standard input."""

import asyncio
import sys
from pathlib import Path

from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.lambdas.function import Function


async def serve() -> None:
    function = Function("Family", "family.handler", "python3.11", Path(__file__).parent, timeout_seconds=600)
    async with LambdaEndpoint({"Family": function}, port=0) as endpoint:
        print(endpoint.url, flush=True)  # noqa: T201 - the test reads it
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(serve())
