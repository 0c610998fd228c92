"""Both endpoints, and their gates with an allowed host and an allowed page."""

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stepfunctions_local.background import in_background
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.gate import Gate
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states

NOWHERE = "http://127.0.0.1:9"
PAGE = "http://localhost:3000"
GATE = Gate(hosts=frozenset({"endpoints"}), origins=frozenset({PAGE}))


@pytest.fixture(scope="session")
def states_url() -> Iterator[str]:
    with in_background(serve_states(Settings(), "127.0.0.1", 0, {"lambda": NOWHERE}, gate=GATE)) as server:
        yield server.url


@pytest.fixture(scope="session")
def lambda_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    code = tmp_path_factory.mktemp("built")
    (code / "app.py").write_text("def handler(event, _):\n    return event\n", encoding="utf-8")
    with in_background(_serve_echo(code)) as url:
        yield url


@asynccontextmanager
async def _serve_echo(code: Path) -> AsyncIterator[str]:
    functions = {"echo": Function("echo", "app.handler", "python3.12", code)}
    async with LambdaEndpoint(functions, port=0, gate=GATE, log=io.StringIO()) as endpoint:
        yield endpoint.url
