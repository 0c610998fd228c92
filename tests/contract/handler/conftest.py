"""The project's own function with observable work, and a DynamoDB for its records."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
import yaml

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.handler.tasks import Tasks
from tests.moto_server import moto_server

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ROOT = Path(__file__).parents[3]
TABLE = "records"


@dataclass(frozen=True, slots=True)
class Database:
    """A DynamoDB: its address and a client."""

    url: str
    client: "DynamoDBClient"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def database(server: str) -> Iterator[Database]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield Database(server, client)
    client.delete_table(TableName=TABLE)
    client.close()


@pytest.fixture
def timeout_seconds() -> int:
    return 60


@pytest.fixture
def tasks(
    tmp_path: Path, database: Database, timeout_seconds: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tasks]:
    """Start tasks on the project's own state machine, which calls the project's own function."""
    built = tmp_path / ".aws-sam" / "build"
    shutil.copytree(ROOT / "hello_world", built / "Function", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("shipping.py"), built / "Function")
    shutil.copy(ROOT / "statemachine" / "delay.asl.json", built)
    done = tmp_path / "done"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", database.url)
    variables = {
        "DONE": str(done),
        "IDEMPOTENCY_TABLE": TABLE,
        "POWERTOOLS_METRICS_NAMESPACE": "DelayedTasks",
        "POWERTOOLS_SERVICE_NAME": "delayed-tasks",
    }
    (built / "template.yaml").write_text(
        yaml.safe_dump(_template(variables, timeout_seconds)), encoding="utf-8"
    )
    with LocalStepFunctions(tmp_path) as local:
        yield Tasks(local, done)


def _template(variables: dict[str, str], timeout_seconds: int) -> dict[str, object]:
    function = {
        "CodeUri": "Function",
        "Handler": "shipping.lambda_handler",
        "Runtime": "python3.13",
        "Timeout": timeout_seconds,
        "Environment": {"Variables": variables},
    }
    machine = {
        "DefinitionUri": "delay.asl.json",
        "DefinitionSubstitutions": {"HelloWorldFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}},
    }
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Function": {"Type": "AWS::Serverless::Function", "Properties": function},
            "Machine": {"Type": "AWS::Serverless::StateMachine", "Properties": machine},
        },
    }
