"""Calls of the SDK are answered as recorded on AWS, with moto as the services."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.conformance.recording import PATH, find_differences
from tests.contract.integrations.machines import create, get_history, start, wait_for_end
from tests.moto_server import moto_server

pytestmark = pytest.mark.xdist_group("moto")

MORE = PATH.with_name("more-recorded-on-aws.json")
ROWS = [row for row in json.loads(MORE.read_text()) if row["kind"] == "aws-sdk"] if MORE.exists() else []

OF_MOTO = {
    "ConsumedCapacity": "moto answers it unasked",
    "ChecksumType": "moto does not answer it",
}
"""Members of answers that moto has or lacks, with the reason."""

OBJECTS = {"empty_binary": b"", "bytearray": b"byte array data", "str": b"text data"}
"""The objects that the tests of the recordings put to S3 before."""


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    session = boto3.Session("local", "local", region_name="us-east-1")
    with moto_server() as url:
        clients: dict[str, Any] = {
            "dynamodb": session.client("dynamodb", endpoint_url=url),
            "s3": session.client("s3", endpoint_url=url),
        }
        clients["s3"].create_bucket(Bucket="bucket-name")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        clients["s3"].put_bucket_encryption(
            Bucket="bucket-name", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        clients["dynamodb"].create_table(
            TableName="test-table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        with LocalStepFunctions(endpoints={"s3": url, "dynamodb": url}) as local:
            yield clients | {"local": local}


@pytest.mark.skipif(not ROWS, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_call_of_the_sdk_equals_its_recording(row: dict[str, Any], clients: dict[str, Any]) -> None:
    """Events and results are AWS's, and so is what S3 has afterwards."""
    for name, body in OBJECTS.items():
        if f"[{name}]" in row["id"]:
            clients["s3"].put_object(Bucket="bucket-name", Key="file_key", Body=body)
    recorded = row["recorded"]["get_execution_history"]["events"]
    given = json.dumps(recorded[0]["executionStartedEventDetails"]["input"])
    local, name = clients["local"], f"row-{ROWS.index(row)}"
    machine = create(local, name, **row["definition"]["States"])
    execution = start(local, machine, json.loads(given.replace("<test-table>", "test-table")))
    wait_for_end(local, execution)
    answered = json.loads(json.dumps(get_history(local, execution), default=str))
    found = [
        difference
        for difference in find_differences(recorded, answered)
        if not any(f"/{member}:" in difference for member in OF_MOTO)
    ]
    assert not found, "\n".join(found)
    if stored := row["recorded"].get("get-s3-object"):
        put = clients["s3"].get_object(Bucket="bucket-name", Key="file-key")
        body = put["Body"].read().decode()
        assert json.loads(body) == (
            json.loads(stored["Body"]) if isinstance(stored["Body"], str) else stored["Body"]
        )
        assert (len(body), put["ContentType"], put["ETag"]) == (
            stored["ContentLength"],
            stored["ContentType"],
            stored["ETag"],
        )
