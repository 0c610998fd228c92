"""All listeners in this process: the Step Functions API, its clock, Invoke, and a worker's Runtime API."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.gate import Gate
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from tests.torture.machines import ROLE

ALLOWED_HOST = "endpoints"
ALLOWED_PAGE = "http://localhost:3000"
MACHINE = "m"
FUNCTION = "Note"
WAIT = json.dumps(
    {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}}
)

CLOCK = "/_stepfunctions-local/clock"
INVOKE = f"/2015-03-31/functions/{FUNCTION}/invocations"
RUNTIME = "/2018-06-01/runtime"

_HANDLER = """
import json, os

def handler(event, context):
    with open(os.environ["CALLS"], "a", encoding="ascii") as calls:
        calls.write(json.dumps(event) + "\\n")
    return os.environ["AWS_LAMBDA_RUNTIME_API"]
"""
_MOST_EXECUTIONS = 1_000_000


@dataclass(frozen=True)
class Listeners:
    """The ports of the listeners, and what can be seen of their work from inside."""

    engine: Engine
    skips: Skips
    states_port: int
    lambda_port: int
    runtime_port: int
    runtime_secret: str
    calls_file: Path

    @property
    def machine_arn(self) -> str:
        """The ARN of the only state machine."""
        return self.engine.arns.state_machine(MACHINE)

    def read_calls(self) -> list[Any]:
        """Return the events that the function got."""
        return [json.loads(line) for line in self.calls_file.read_text(encoding="ascii").splitlines()]

    def read_executions(self) -> set[str]:
        """Return the names of all executions."""
        (machine,) = self.engine.catalog.all()
        return {each.name for each in self.engine.executions(Wanted(machine.id), _MOST_EXECUTIONS)}


@asynccontextmanager
async def serve_all(folder: Path) -> AsyncIterator[Listeners]:
    """Serve a state machine that waits, and a function that notes its calls."""
    calls, gate = folder / "calls", Gate.of([ALLOWED_HOST], [ALLOWED_PAGE])
    calls.touch()
    function = Function(
        FUNCTION, "app.handler", "python3.12", _write_code(folder), variables={"CALLS": str(calls)}
    )
    async with (
        LambdaEndpoint({FUNCTION: function}, port=0, gate=gate, log=io.StringIO(), max_workers=1) as lambdas,
        serve_states(Settings(), "127.0.0.1", 0, {"lambda": lambdas.url}, gate=gate) as server,
    ):
        await server.engine.catalog.create(MACHINE, Setup(WAIT, ROLE), server.engine.clock.now())
        address, _, secret = (await _start_worker(lambdas.url)).partition("/")
        yield Listeners(
            server.engine,
            server.skips,
            urlsplit(server.url).port or 0,
            urlsplit(lambdas.url).port or 0,
            int(address.partition(":")[2]),
            secret,
            calls,
        )


def _write_code(folder: Path) -> Path:
    code = folder / "built"
    code.mkdir()
    (code / "app.py").write_text(_HANDLER, encoding="ascii")
    return code


async def _start_worker(url: str) -> str:
    """Call the function once, and return the address of its worker's Runtime API."""
    async with aiohttp.ClientSession() as session, session.post(f"{url}{INVOKE}", json="first") as response:
        return str(await response.json())
