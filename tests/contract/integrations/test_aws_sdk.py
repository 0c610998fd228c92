"""Task states call any service of AWS, here those of moto, through the variables that SDKs know."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.integrations.machines import (
    create,
    get_details,
    get_history,
    start,
    task,
    wait_for_end,
    wait_until,
)
from tests.moto_server import moto_server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.xdist_group("moto")

KEY = {"Bucket": "reports", "Key": "2026/11.json"}


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def s3(services: str) -> "S3Client":
    client = boto3.client(
        "s3",
        endpoint_url=services,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    client.create_bucket(Bucket=KEY["Bucket"])
    return client


@pytest.fixture
def local(services: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStepFunctions]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", services)
    with LocalStepFunctions() as local:
        yield local


def run(local: LocalStepFunctions, *tasks: dict[str, Any], value: object = None) -> dict[str, Any]:
    """Run tasks one after the other, and return the description of their execution."""
    states = {f"T{number}": dict(state) for number, state in enumerate(tasks)}
    for name, following in zip([*states][:-1], [*states][1:], strict=True):
        del states[name]["End"]
        states[name]["Next"] = following
    return wait_for_end(local, start(local, create(local, **states), value))


def test_an_object_is_written_and_read(local: LocalStepFunctions, s3: "S3Client") -> None:
    """JSON is stored as its text, and read as text."""
    put = task("aws-sdk:s3:putObject", KEY | {"Body.$": "$"}, ResultPath="$.put")
    get = task("aws-sdk:s3:getObject", KEY, ResultSelector={"report.$": "States.StringToJson($.Body)"})
    ended = run(local, put, get, value={"paid": [1, 2]})
    assert json.loads(ended["output"]) == {"report": {"paid": [1, 2]}}
    assert s3.get_object(Bucket=KEY["Bucket"], Key=KEY["Key"])["Body"].read() == b'{"paid":[1,2]}'


@pytest.mark.usefixtures("s3")
def test_a_missing_object_is_caught_by_its_name(local: LocalStepFunctions) -> None:
    """The history has the service with its prefix, and the cause the words of the SDK."""
    parameters = {"Bucket": "reports", "Key": "absent"}
    catch = [{"ErrorEquals": ["S3.NoSuchKeyException"], "Next": "Absent"}]
    states = {
        "Get": task("aws-sdk:s3:getObject", parameters, Catch=catch),
        "Absent": {"Type": "Pass", "Result": "absent", "End": True},
    }
    execution = start(local, create(local, **states))
    assert wait_for_end(local, execution)["output"] == '"absent"'
    (failed,) = (event for event in get_history(local, execution) if event["type"] == "TaskFailed")
    details = get_details(failed)
    assert (details["resourceType"], details["resource"]) == ("aws-sdk:s3", "getObject")
    assert details["cause"].startswith("The specified key does not exist. (Service: S3, Status Code: 404, ")


@pytest.mark.parametrize(
    ("resource", "parameters", "shown"),
    [
        ("secretsmanager:createSecret", {"Name": "s", "SecretString": {"a": 1}}, {"Name": "s"}),
        ("cloudwatchlogs:createLogGroup", {"LogGroupName": "/g"}, {}),
        ("cloudwatch:putMetricData", {"Namespace": "N", "MetricData": [{"MetricName": "M", "Value": 1}]}, {}),
        ("iam:listRoles", {}, {"IsTruncated": False}),
        ("sts:getCallerIdentity", {}, {"Account": "123456789012"}),
        (
            "eventbridge:putEvents",
            {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {"a": 1}}]},
            {"FailedEntryCount": 0},
        ),
    ],
)
def test_services_of_every_protocol_are_called(
    resource: str, parameters: dict[str, Any], shown: dict[str, Any], local: LocalStepFunctions
) -> None:
    """Some take JSON, some a form, some XML."""
    ended = run(local, task(f"aws-sdk:{resource}", parameters))
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    output = json.loads(ended["output"])
    assert shown.items() <= output.items()
    assert "SdkHttpMetadata" not in output


def test_a_call_of_the_sdk_waits_for_its_token(local: LocalStepFunctions) -> None:
    """The token is part of what is stored."""
    parameters = {"Name.$": "$.name", "SecretString.$": "$$.Task.Token"}
    waiting = task("aws-sdk:secretsmanager:createSecret.waitForTaskToken", parameters)
    execution = start(local, create(local, Ask=waiting), {"name": "token"})
    wait_until(lambda: get_history(local, execution)[-1]["type"] == "TaskSubmitted")
    token = json.loads(get_details(get_history(local, execution)[2])["parameters"])["SecretString"]
    local.client.send_task_success(taskToken=token, output='"approved"')
    assert wait_for_end(local, execution)["output"] == '"approved"'


def test_a_query_of_athena_is_waited_for(local: LocalStepFunctions) -> None:
    """The result is the description of the query, as on AWS."""
    query = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "s3://reports/athena"}}
    execution = start(local, create(local, Query=task("athena:startQueryExecution.sync", query)))
    output = json.loads(wait_for_end(local, execution)["output"])
    assert output["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    events = get_history(local, execution)
    assert [event["type"] for event in events[2:6]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]
    assert get_details(events[2])["resource"] == "startQueryExecution.sync"


def test_a_job_is_waited_for_across_a_restart(
    services: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is on disk; it is polled again once its service can be reached, and not started again."""
    query = task("athena:startQueryExecution.sync", {"QueryString": "SELECT 2"})
    athena = boto3.client(
        "athena",
        endpoint_url=services,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    before = len(athena.list_query_executions()["QueryExecutionIds"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", services)
    with LocalStepFunctions(data_dir=tmp_path) as local:
        execution = start(local, create(local, Query=query))
        wait_until(lambda: len(athena.list_query_executions()["QueryExecutionIds"]) > before)
    with LocalStepFunctions(data_dir=tmp_path) as local:
        assert wait_for_end(local, execution)["status"] == "SUCCEEDED"


def test_a_result_of_more_than_256_kib_fails(local: LocalStepFunctions, s3: "S3Client") -> None:
    """AWS has the same limit."""
    s3.put_object(Bucket=KEY["Bucket"], Key="large", Body=b"x" * 262_144)
    ended = run(local, task("aws-sdk:s3:getObject", KEY | {"Key": "large"}))
    assert ended["error"] == "States.DataLimitExceeded"
    assert "aws-sdk:s3:getObject" in ended["cause"]


def test_a_service_that_nothing_names_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cause names the variable."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with LocalStepFunctions() as local:
        ended = run(local, task("aws-sdk:s3:listBuckets", {}))
    assert ended["error"] == "S3.SdkClientException"
    assert "Set AWS_ENDPOINT_URL_S3, or AWS_ENDPOINT_URL for all services, " in ended["cause"]
