"""A Lambda endpoint of one's own, over functions that are built by hand, and a client that speaks with it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.lambdas.nodejs import NodeMissing, find_node_runtime
from tests.contract.lambdas.harness import Client, Functions

HANDLERS = Path(__file__).with_name("handlers.py")
NODE = Path(__file__).with_name("node")


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


@pytest.fixture
def node(functions: Functions) -> Functions:
    """The files of the folder `node`, for functions in Node.js."""
    try:
        find_node_runtime()
    except NodeMissing as missing:
        pytest.skip(str(missing))
    shutil.copytree(NODE, functions.code, dirs_exist_ok=True)
    functions.runtime = "nodejs20.x"
    functions.defaults = {"timeout_seconds": 60}
    return functions
