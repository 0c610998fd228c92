"""The endpoint runs distributed Map states as recorded on AWS. S3 is moto's, with the objects of each row."""

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
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
from tests.moto_server import moto_server

pytestmark = [
    pytest.mark.xdist_group("conformance"),
    pytest.mark.skipif(not MORE.exists(), reason="the recordings are not beside this checkout"),
]

FUNCTIONS = ("lambda_func_75934ae8", "sfn_lambda_2007b57c")
LISTED = {f"file_{number}.txt": b"some content" for number in range(3)}
DIFFERENT: dict[str, str] = {}
"""Rows that the endpoint answers differently, with the reason."""

ROWS = read_more_recordings("distributed-map")
REFUSED = [row for row in ROWS if "Error" in next(iter(row["recorded"].values()))]
RUN = [row for row in ROWS if row not in REFUSED]


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def local(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStepFunctions]:
    code = tmp_path_factory.mktemp("code")
    (code / "handler.py").write_text("def handler(event, context):\n    return event\n")
    functions = {
        name: Function(name, "handler.handler", "python3", code, timeout_seconds=15) for name in FUNCTIONS
    }
    account = Account(ACCOUNT, "us-east-1")
    with (
        in_background(LambdaEndpoint(functions, account, port=0)) as lambdas,
        LocalStepFunctions(
            lambda_endpoint=lambdas.url, endpoints={"s3": storage}, settings=Settings(account)
        ) as local,
    ):
        yield local


@pytest.mark.parametrize("row", REFUSED, ids=[row["id"] for row in REFUSED])
def test_a_machine_is_refused_as_recorded(row: dict[str, Any], local: LocalStepFunctions) -> None:
    """The code of the error is AWS's; the recorded message quotes the whole definition."""
    (recorded,) = row["recorded"].values()
    with pytest.raises(ClientError) as refused:
        create(local, row)
    assert refused.value.response["Error"]["Code"] == recorded["Error"]["Code"]


@pytest.mark.parametrize("row", RUN, ids=[row["id"] for row in RUN])
def test_an_answer_equals_its_recording(row: dict[str, Any], local: LocalStepFunctions, storage: str) -> None:
    """Histories, lists and descriptions are AWS's."""
    if row["id"] in DIFFERENT:
        pytest.xfail(DIFFERENT[row["id"]])
    events = find_events(row)
    started = events[0]["executionStartedEventDetails"]["input"] if events else {"Bucket": "maps", "Key": "k"}
    text = started if isinstance(started, str) else json.dumps(started)
    put_objects(storage, row, json.loads(text), events)
    execution = local.client.start_execution(stateMachineArn=create(local, row), input=text)["executionArn"]
    wait_for_end(local, execution)
    answers = collect_answers(local, execution)
    for name, recorded in row["recorded"].items():
        found = list(find_differences(recorded, answers[name], name))
        assert not found, "\n".join([json.dumps(row["definition"]), *found])


def create(local: LocalStepFunctions, row: dict[str, Any]) -> str:
    name = f"row-{time.monotonic_ns()}"
    definition = json.dumps(row["definition"]).replace(":123456789012:", f":{ACCOUNT}:")
    return local.client.create_state_machine(name=name, definition=definition, roleArn=ROLE)[
        "stateMachineArn"
    ]


def find_events(row: dict[str, Any]) -> list[dict[str, Any]]:
    history = row["recorded"].get("get_execution_history", [])
    events: list[dict[str, Any]] = history["events"] if isinstance(history, dict) else history
    return events


def put_objects(storage: str, row: dict[str, Any], given: Any, events: list[dict[str, Any]]) -> None:
    """Put into the bucket what the reader found there, by the output of its state."""
    reader = next(
        (state["ItemReader"] for state in row["definition"]["States"].values() if "ItemReader" in state), None
    )
    if reader is None:
        return
    s3 = boto3.resource(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    bucket = s3.Bucket(given["Bucket"])
    bucket.create()
    bucket.objects.all().delete()
    objects = LISTED if "Key" not in given else {given["Key"]: build_content(reader["ReaderConfig"], events)}
    for key, content in objects.items():
        bucket.put_object(Key=key, Body=content)


def build_content(config: dict[str, Any], events: list[dict[str, Any]]) -> bytes:
    output = json.dumps([{"a": "1"}, {"a": "2"}])
    exits = [event["stateExitedEventDetails"] for event in events if event["type"] == "MapStateExited"]
    if exits:
        output = exits[0]["output"] if isinstance(exits[0]["output"], str) else json.dumps(exits[0]["output"])
    items = json.loads(output)
    if config["InputType"] == "JSON":
        return json.dumps([*items, *(["not read"] if "MaxItemsPath" in config else [])]).encode()
    names = config.get("CSVHeaders") or list(items[0])
    file = io.StringIO()
    rows = [[item.get(name, "") for name in names] for item in items]
    csv.writer(file).writerows([names, *rows] if config["CSVHeaderLocation"] == "FIRST_ROW" else rows)
    return file.getvalue().encode()


def collect_answers(local: LocalStepFunctions, execution: str) -> dict[str, Any]:
    history = local.client.get_execution_history(executionArn=execution)
    runs = local.client.list_map_runs(executionArn=execution)
    answers: dict[str, Any] = {
        "get_execution_history": {"events": history["events"]},
        "list_map_runs": {"mapRuns": runs["mapRuns"]},
    }
    if runs["mapRuns"]:
        described = local.client.describe_map_run(mapRunArn=runs["mapRuns"][0]["mapRunArn"])
        answers["describe_map_run"] = {k: v for k, v in described.items() if k != "ResponseMetadata"}
    written: dict[str, Any] = json.loads(json.dumps(answers, default=str))
    return written


def wait_for_end(local: LocalStepFunctions, execution: str) -> None:
    deadline = time.monotonic() + 60
    while local.client.describe_execution(executionArn=execution)["status"] == "RUNNING":
        assert time.monotonic() < deadline, f"still running after 60 s: {execution}"
        time.sleep(0.02)
