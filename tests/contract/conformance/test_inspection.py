"""TestState answers as recorded on AWS.

A row has one request, and an answer for each step. Steps after the first sent a changed request, which the
recording does not have; `CHANGES` rebuilds it from the step's name and answer.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from stepfunctions_local.account import Account
from stepfunctions_local.background import in_background
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.server import serve_states
from tests.contract.conformance.recording import PATH, find_differences
from tests.contract.conformance.replay import ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.xdist_group("conformance")

RECORDINGS: Final = PATH.with_name("test-state-recorded-on-aws.json")
ROWS: Final[list[dict[str, Any]]] = json.loads(RECORDINGS.read_text()) if RECORDINGS.exists() else []

DIFFERENT: Final[dict[str, str]] = {}
"""Rows that the endpoint answers differently, with the reason."""

JSON_TEXTS: Final = ("definition", "input", "variables", "context")

HANDLER: Final = """
def handler(event, context):
    return "HelloWorld!" if event == {"inputData": "HelloWorld"} else event
"""


def exceed_tolerated_failures(request: dict[str, Any]) -> None:
    request["stateConfiguration"]["mapIterationFailureCount"] = 2
    if "result" in request["mock"]:
        request["mock"]["result"] = [0, 0, 1]


def exceed_retries(request: dict[str, Any]) -> None:
    request["stateConfiguration"]["retrierRetryCount"] = 5


def mock_failed_task(request: dict[str, Any]) -> None:
    request["mock"] = {"errorOutput": {"error": "States.TaskFailed", "cause": "The task failed."}}


CHANGES: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "exceeds_tolerated_failure": exceed_tolerated_failures,
    "exceeds_tolerated_retry_count": exceed_retries,
    "catch_task_failed_response": mock_failed_task,
}


def build_request(recorded: dict[str, Any], step: str) -> dict[str, Any]:
    """Return the request of a step as it was sent: JSON as text, and an account without a mask."""
    text = (
        json.dumps(recorded)
        .replace(":123456789012:", f":{ACCOUNT}:")
        .replace("/123456789012/", f"/{ACCOUNT}/")
    )
    request: dict[str, Any] = json.loads(text)
    if step in CHANGES:
        CHANGES[step](request)
    texts: dict[str, Any] = {name: json.dumps(request[name]) for name in JSON_TEXTS if name in request}
    mock = request.get("mock", {})
    if "result" in mock:
        texts["mock"] = mock | {"result": json.dumps(mock["result"])}
    return request | texts


def ask(sfn: "SFNClient", request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer in the form in which the recorder wrote it."""
    try:
        answer = dict(sfn.test_state(**request))
    except (ClientError, ParamValidationError) as error:
        response = getattr(error, "response", {})
        seen = {key: value for key, value in response.items() if key != "ResponseMetadata"}
        kind = seen.get("Error", {}).get("Code", type(error).__name__)
        return seen | {"exception_typename": kind, "exception_value": str(error)}
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.fixture(scope="module")
def sfn(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SFNClient]":
    code = tmp_path_factory.mktemp("code")
    (code / "handler.py").write_text(HANDLER)
    account = Account(ACCOUNT, "us-east-1")
    with (
        in_background(LambdaEndpoint(build_functions(code), account, port=0)) as lambdas,
        in_background(serve_states(Settings(account), "127.0.0.1", 0, {"lambda": lambdas.url})) as states,
    ):
        yield boto3.client(
            "stepfunctions",
            endpoint_url=states.url,
            region_name="us-east-1",
            aws_access_key_id="dummy",
            aws_secret_access_key="dummy",
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )


def build_functions(code: Path) -> dict[str, Function]:
    """Return a function for each name that a row calls."""
    named = (
        row["request"]["input"].get("FunctionName")
        for row in ROWS
        if isinstance(row["request"].get("input"), dict)
    )
    called = (
        str(row["request"]["definition"].get("Resource", "")).rpartition("function:")[2] for row in ROWS
    )
    names = {name for name in (*named, *called) if name and name.startswith("lambda_func")}
    return {name: Function(name, "handler.handler", "python3", code, timeout_seconds=15) for name in names}


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"].removeprefix("test_state/") for row in ROWS])
def test_an_answer_equals_its_recording(row: dict[str, Any], sfn: "SFNClient") -> None:
    """Status, output, next state, errors and inspection data are AWS's, and so are refusals."""
    if row["id"] in DIFFERENT:
        pytest.xfail(DIFFERENT[row["id"]])
    found = [each for step, recorded in row["answer"].items() for each in compare(sfn, row, step, recorded)]
    assert not found, "\n".join([json.dumps(row["request"]), *found])


def compare(sfn: "SFNClient", row: dict[str, Any], step: str, recorded: dict[str, Any]) -> Iterator[str]:
    answer = ask(sfn, build_request(row["request"], step))
    seen = answer if "status" in answer else {key: answer.get(key) for key in recorded}
    return find_differences(recorded, seen, step)
