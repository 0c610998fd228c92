"""The recorded state machines, run once for all tests of this folder."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from stepfunctions_local.account import Account
from stepfunctions_local.background import in_background
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from tests.contract.conformance.recording import read_recordings
from tests.contract.conformance.replay import ACCOUNT, Answers, find_function_names, replay, write_handler


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return _replay_rows(read_recordings(), tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="session")
def some_answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return _replay_rows(read_recordings()[::10], tmp_path_factory.mktemp("code"))


def _replay_rows(rows: list[dict[str, Any]], code: Path) -> Answers:
    functions = {}
    for row in rows:
        for name in find_function_names(row):
            write_handler(row, code / name)
            functions[name] = Function(name, "handler.handler", "python3", code / name, timeout_seconds=15)
    account = Account(ACCOUNT, "us-east-1")
    with (
        in_background(LambdaEndpoint(functions, account, port=0)) as lambdas,
        in_background(serve_states(Settings(account), "127.0.0.1", 0, {"lambda": lambdas.url})) as states,
    ):
        sfn = boto3.client(
            "stepfunctions",
            endpoint_url=states.url,
            region_name="us-east-1",
            aws_access_key_id="dummy",
            aws_secret_access_key="dummy",
            config=Config(retries={"total_max_attempts": 1}),
        )
        return replay(sfn, rows, code)
