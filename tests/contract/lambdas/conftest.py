"""A Lambda endpoint of one's own, over functions that are built by hand, and a client that speaks with it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from tests.contract.lambdas.harness import Client, Functions

HANDLERS = Path(__file__).with_name("handlers.py")


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    code = tmp_path / "built"
    code.mkdir()
    shutil.copy(HANDLERS, code)
    functions = Functions(code)
    functions.add("echo")
    return functions


@pytest.fixture
async def client(functions: Functions) -> AsyncIterator[Client]:
    account = Account(id="000000000001", region="eu-west-1")
    endpoint = LambdaEndpoint(functions.served, account, port=0, log=functions.log, max_workers=2)
    async with endpoint, aiohttp.ClientSession() as session:
        yield Client(endpoint.url, session)
