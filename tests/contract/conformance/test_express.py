"""Express state machines answer as recorded on AWS: their requests, ends, refusals and log."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from stepfunctions_local.account import Account
from stepfunctions_local.background import in_background
from stepfunctions_local.endpoints.invoke.endpoint import LambdaEndpoint
from stepfunctions_local.engine.engine import Settings
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.conformance.recording import MORE, find_differences, read_more_recordings
from tests.contract.conformance.replay import ACCOUNT, ROLE
from tests.contract.states.machines import build_logging

pytestmark = [
    pytest.mark.xdist_group("conformance-express"),
    pytest.mark.skipif(not MORE.exists(), reason="the recordings are not beside this checkout"),
]

ROWS = read_more_recordings("express")
FUNCTION = "lambda_func_094a404b"
FAILING = 'def handler(event, context):\n    raise Exception("Some exception was raised.")\n'
DIFFERENT = {
    "test_sfn_api_express/test_create_describe_delete": (
        "describe_response/encryptionConfiguration: recorded before AWS had it"
    )
}
"""Rows of which one part is answered differently, with the reason."""

MEASURED = {"billedDurationInMilliseconds"}
"""Members with values that are measured at each run."""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("express")
    (folder / "handler.py").write_text(FAILING)
    return folder


@pytest.fixture(scope="module")
def local(code: Path) -> Iterator[LocalStepFunctions]:
    account = Account(ACCOUNT, "us-east-1")
    functions = {FUNCTION: Function(FUNCTION, "handler.handler", "python3", code, timeout_seconds=15)}
    with (
        in_background(LambdaEndpoint(functions, account, port=0)) as lambdas,
        LocalStepFunctions(lambda_endpoint=lambdas.url, settings=Settings(account)) as local,
    ):
        yield local


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_an_answer_equals_its_recording(row: dict[str, Any], local: LocalStepFunctions, code: Path) -> None:
    """Members, errors and causes are AWS's."""
    answers = json.loads(json.dumps(replay(local, row), default=str).replace(str(code), "/var/task"))
    excused = DIFFERENT.get(row["id"], "").partition(":")[0]
    found = [
        difference
        for part, recorded in row["recorded"].items()
        for difference in find_differences(without_measures(recorded), without_measures(answers[part]), part)
        if not (excused and difference.startswith(excused))
    ]
    assert not found, "\n".join(found)


def replay(local: LocalStepFunctions, row: dict[str, Any]) -> dict[str, Any]:
    """Make the requests of a row, and return the answers by their names in the recording."""
    name = f"row-{ROWS.index(row)}"
    answers: dict[str, Any] = {}
    client: Any = local.client  # its type does not take the members of a dictionary
    created = answer(
        lambda: client.create_state_machine(
            name=name,
            definition=json.dumps(row["definition"]),
            roleArn=ROLE,
            type="EXPRESS",
            **(
                {}
                if "describe_response" in row["recorded"]
                else {"loggingConfiguration": build_logging("ALL")}
            ),
        )
    )
    if "Error" in created:
        return {"creation_error": created}
    arn, recorded = created["stateMachineArn"], row["recorded"]
    answers["creation_response"] = created
    if "start_execution_sync_response" in recorded:
        answers["start_execution_sync_response"] = run_sync(local, arn, recorded)
    if "end_event" in recorded:
        answers |= run(local, arn, "query_values_1" in json.dumps(recorded))
    if "describe_response" in recorded:
        answers["describe_response"] = answer(
            lambda: local.client.describe_state_machine(stateMachineArn=arn)
        )
        answers["deletion_response"] = answer(lambda: local.client.delete_state_machine(stateMachineArn=arn))
    return answers


def run_sync(local: LocalStepFunctions, arn: str, recorded: dict[str, Any]) -> dict[str, Any]:
    """Run an execution with the recorded input."""
    text = json.dumps(recorded["start_execution_sync_response"]["input"])
    text = text.replace("lambda_function_name", FUNCTION)
    return answer(lambda: local.client.start_sync_execution(stateMachineArn=arn, input=text))


def run(local: LocalStepFunctions, arn: str, has_message: bool) -> dict[str, Any]:  # noqa: FBT001 - a row's
    """Start an execution, and return the end of its log and the errors of the operations without answers."""
    client, text = local.client, json.dumps({"message": "TestMessage"} if has_message else {})
    execution = client.start_execution(stateMachineArn=arn, input=text)["executionArn"]
    local.skip(timedelta(minutes=1))
    url = f"{local.url}/_stepfunctions-local/logs?name={arn.rpartition(':')[2]}"
    with urlopen(url, timeout=60) as read:  # noqa: S310 - our own
        last = json.load(read)["lines"][-1]
    return {
        "end_event": last,
        "list_executions_error": answer(lambda: client.list_executions(stateMachineArn=arn)),
        "describe_execution_error": answer(lambda: client.describe_execution(executionArn=execution)),
        "stop_execution_error": answer(lambda: client.stop_execution(executionArn=execution)),
        "get_execution_history_error": answer(lambda: client.get_execution_history(executionArn=execution)),
    }


def answer(call: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer of a call, or its error as recorded."""
    try:
        return {key: value for key, value in call().items() if key != "ResponseMetadata"}
    except ClientError as error:
        described = error.response["Error"]
        return {
            "Error": {"Code": described["Code"], "Message": described["Message"]},
            "message": described["Message"],
        }


def without_measures(value: Any) -> Any:
    """Return an answer without its measured members."""
    if isinstance(value, dict):
        return {key: without_measures(each) for key, each in value.items() if key not in MEASURED}
    return value
