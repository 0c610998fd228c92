"""Map Runs over the API, with datasets and results in S3, which is moto's."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from stepfunctions_local.credentials import Credentials
from stepfunctions_local.engine.execution.call import StorageFailed
from stepfunctions_local.integrations.datasets import Datasets
from stepfunctions_local.integrations.storage import Storage
from stepfunctions_local.language.map_run import Dataset, Format
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.integrations.machines import create, get_history, start, wait_for_end, wait_until
from tests.moto_server import moto_server

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
PASS: dict[str, Any] = {"Do": {"Type": "Pass", "End": True}}
WAIT: dict[str, Any] = {"Wait": {"Type": "Wait", "Seconds": 86_400, "End": True}}


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def s3(storage: str) -> Any:
    client = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.create_bucket(Bucket="data")
    return client


@pytest.fixture(scope="module")
def local(storage: str) -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(endpoints={"s3": storage}) as local:
        yield local


def distributed(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Build a distributed Map state."""
    states = states or PASS
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def read(key: str, **config: Any) -> dict[str, Any]:
    """Build a reader of an object."""
    return {"Resource": GET, "ReaderConfig": config, "Parameters": {"Bucket": "data", "Key": key}}


def run(local: LocalStepFunctions, value: object = None, **fields: Any) -> dict[str, Any]:
    """Run a distributed Map and return how its execution ended."""
    name = f"m{len(local.client.list_state_machines()['stateMachines'])}"
    execution = start(local, create(local, name, Map=distributed(**fields)), {} if value is None else value)
    return wait_for_end(local, execution)


def run_arn(local: LocalStepFunctions, execution: str) -> str:
    """Return the ARN of an execution's latest Map Run."""
    return local.client.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]


@pytest.mark.parametrize(
    ("key", "content", "config", "items"),
    [
        (
            "a.csv",
            b"a|b\n1|2\n",
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"},
            [{"a": "1", "b": "2"}],
        ),
        (
            "b.csv",
            b"1,2\n",
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"]},
            [{"a": "1", "b": "2"}],
        ),
        ("a.jsonl.gz", gzip.compress(b'{"a":1}\n2\n', mtime=0), {"InputType": "JSONL"}, [{"a": 1}, 2]),
        ("a.json", b'{"x":{"y":[1,2.5]}}', {"InputType": "JSON", "ItemsPointer": "/x/y"}, [1, 2.5]),
        ("o.json", b'{"k":1}', {"InputType": "JSON"}, [{"Key": "k", "Value": 1}]),
    ],
    ids=["delimiter", "given-headers", "compressed", "pointer", "object"],
)
def test_an_object_is_a_dataset(
    key: str, content: bytes, config: dict[str, Any], items: list[Any], *, s3: Any, local: LocalStepFunctions
) -> None:
    """Its format is that of the reader's configuration."""
    s3.put_object(Bucket="data", Key=key, Body=content)
    assert json.loads(run(local, ItemReader=read(key, **config))["output"]) == items


def test_listed_objects_are_items_or_are_read(s3: Any, local: LocalStepFunctions) -> None:
    """LOAD_AND_FLATTEN reads each object, and the source of an item is its object."""
    for number in (1, 2):
        s3.put_object(Bucket="data", Key=f"listed/{number}.jsonl", Body=f"{number}\n{number}0\n".encode())
    parameters = {"Bucket": "data", "Prefix": "listed/"}
    listed = run(local, ItemReader={"Resource": LIST, "Parameters": parameters})
    assert [item["Key"] for item in json.loads(listed["output"])] == ["listed/1.jsonl", "listed/2.jsonl"]
    config = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    reader = {"Resource": LIST, "ReaderConfig": config, "Parameters": parameters}
    flat = run(
        local, ItemReader=reader, ItemSelector={"s.$": "$$.Map.Item.Source", "v.$": "$$.Map.Item.Value"}
    )
    assert json.loads(flat["output"])[1:3] == [
        {"s": "S3://data/listed/1.jsonl", "v": 10},
        {"s": "S3://data/listed/2.jsonl", "v": 2},
    ]


def test_manifests_name_the_objects_of_a_dataset(s3: Any, local: LocalStepFunctions) -> None:
    """An inventory's has the names of the columns; Athena's is a list of URIs."""
    s3.put_object(
        Bucket="data", Key="inv/1.csv.gz", Body=gzip.compress(b'"data","a.txt","7"\n"data","b.txt","8"\n')
    )
    manifest = {
        "destinationBucket": "arn:aws:s3:::data",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inv/1.csv.gz"}],
    }
    s3.put_object(Bucket="data", Key="inv/manifest.json", Body=json.dumps(manifest).encode())
    inventory = run(local, ItemReader=read("inv/manifest.json", InputType="MANIFEST"))
    assert json.loads(inventory["output"])[1] == {"Bucket": "data", "Key": "b.txt", "Size": "8"}
    s3.put_object(Bucket="data", Key="athena/1.jsonl", Body=b'{"n":1}\n')
    s3.put_object(Bucket="data", Key="athena/m.csv", Body=b"s3://data/athena/1.jsonl\n")
    reader = read("athena/m.csv", InputType="JSONL", ManifestType="ATHENA_DATA")
    assert json.loads(run(local, ItemReader=reader)["output"]) == [{"n": 1}]


def test_large_datasets_are_read_in_several_pages(s3: Any, local: LocalStepFunctions) -> None:
    """Batches keep the order of the items, and results of more than 1 MiB are uploaded."""
    lines = "".join(f'{{"n":{number},"x":"{"x" * 400}"}}\n' for number in range(3_000))
    s3.put_object(Bucket="data", Key="large.jsonl", Body=lines.encode())
    ended = run(
        local,
        ItemReader=read("large.jsonl", InputType="JSONL"),
        ItemBatcher={"MaxItemsPerBatch": 200},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "data", "Prefix": "large"},
            "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"},
        },
    )
    key = json.loads(ended["output"])["ResultWriterDetails"]["Key"]
    written = s3.get_object(Bucket="data", Key=key.replace("manifest.json", "SUCCEEDED_0.json"))[
        "Body"
    ].read()
    numbers = [item["n"] for batch in json.loads(written) for item in batch["Items"]]
    assert numbers == [*range(3_000)]


@pytest.mark.parametrize(
    ("reader", "cause"),
    [
        (read("absent", InputType="JSON"), "NoSuchKey"),
        (
            {**read("x", InputType="JSON"), "Parameters": {"Bucket": "arn:aws:s3:::x", "Key": "k"}},
            "not the name",
        ),
    ],
)
def test_dataset_that_cannot_be_read_fails_the_state(
    reader: dict[str, Any], cause: str, s3: Any, local: LocalStepFunctions
) -> None:
    """The cause is the storage's, and an ARN, which would lead to AWS, is never called."""
    del s3  # the bucket exists
    ended = run(local, ItemReader=reader)
    assert ended["error"] == "States.ItemReaderFailed"
    assert cause in ended["cause"]


async def test_object_that_changed_meanwhile_is_not_read_on(storage: str, s3: Any) -> None:
    """A position is one in the content that was read."""
    store = Storage(lambda: storage, Credentials(), "us-east-1")
    s3.put_object(Bucket="data", Key="c.jsonl", Body=b"1\n" * 700)
    dataset = Dataset({"Bucket": "data", "Key": "c.jsonl"}, format=Format.JSON_LINES)
    first, *_ = [page async for page in Datasets(store).read(dataset, None)]
    rest = [page async for page in Datasets(store).read(dataset, first.position)]
    assert len(first.items) + sum(len(page.items) for page in rest) == 700
    s3.put_object(Bucket="data", Key="c.jsonl", Body=b"2\n" * 700)
    with pytest.raises(StorageFailed, match=r"PreconditionFailed|412"):
        [page async for page in Datasets(store).read(dataset, first.position)]


def test_missing_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to AWS by accident."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with LocalStepFunctions() as local:
        ended = run(local, ItemReader=read("k", InputType="JSON"))
    assert ended["error"] == "States.ItemReaderFailed"
    assert "Set AWS_ENDPOINT_URL_S3, or AWS_ENDPOINT_URL" in ended["cause"]


def test_variables_of_aws_name_the_endpoint(storage: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one for all services counts, unless there is one for S3."""
    s3.put_object(Bucket="data", Key="v.json", Body=b"[1]")
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage)
    with LocalStepFunctions() as local:
        assert run(local, ItemReader=read("v.json", InputType="JSON"))["output"] == "[1]"


def test_map_run_is_described_listed_and_updated(local: LocalStepFunctions) -> None:
    """Counts are of items and of children, and settings change while it runs."""
    machine = create(
        local, "described", Map=distributed(WAIT, MaxConcurrency=1, ItemBatcher={"MaxItemsPerBatch": 2})
    )
    execution = start(local, machine, [1, 2, 3])
    client = local.client
    wait_until(lambda: bool(client.list_map_runs(executionArn=execution)["mapRuns"]))
    arn = run_arn(local, execution)
    wait_until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["running"] == 1)
    described = client.describe_map_run(mapRunArn=arn)
    assert (described["status"], described["maxConcurrency"]) == ("RUNNING", 1)
    assert (described["itemCounts"]["running"], described["itemCounts"]["pending"]) == (2, 1)
    client.update_map_run(
        mapRunArn=arn, maxConcurrency=5, toleratedFailureCount=3, toleratedFailurePercentage=10
    )
    wait_until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["running"] == 2)
    changed = client.describe_map_run(mapRunArn=arn)
    assert (changed["maxConcurrency"], changed["toleratedFailureCount"]) == (5, 3)
    assert changed["toleratedFailurePercentage"] == 10
    children = client.list_executions(mapRunArn=arn, statusFilter="RUNNING", maxResults=1)
    assert children["executions"][0]["itemCount"] == 1
    rest = client.list_executions(
        mapRunArn=arn, statusFilter="RUNNING", nextToken=children["nextToken"], maxResults=1
    )
    assert rest["executions"][0]["mapRunArn"] == arn
    child = rest["executions"][0]["executionArn"]
    assert client.describe_execution(executionArn=child)["mapRunArn"] == arn
    assert client.describe_state_machine_for_execution(executionArn=child)["mapRunArn"] == arn
    client.stop_execution(executionArn=execution)
    wait_until(lambda: client.describe_map_run(mapRunArn=arn)["status"] == "ABORTED")
    assert client.describe_map_run(mapRunArn=arn)["executionCounts"]["aborted"] == 2
    assert client.describe_execution(executionArn=child)["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    with pytest.raises(ClientError, match="cannot be updated"):
        client.update_map_run(mapRunArn=arn, maxConcurrency=1)
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_redriven_run_shows_its_redrive(local: LocalStepFunctions) -> None:
    """Its children are redriven, and their list filters by that."""
    execution = start(local, create(local, "redriven", Map=distributed(WAIT)), [1])
    client = local.client
    wait_until(lambda: bool(client.list_map_runs(executionArn=execution)["mapRuns"]))
    arn = run_arn(local, execution)
    wait_until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["running"] == 1)
    client.stop_execution(executionArn=execution)
    client.redrive_execution(executionArn=execution)
    wait_until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["running"] == 1)
    described = client.describe_map_run(mapRunArn=arn)
    assert (described["status"], described["redriveCount"]) == ("RUNNING", 1)
    assert described["executionCounts"]["pendingRedrive"] == 0
    assert len(client.list_executions(mapRunArn=arn, redriveFilter="REDRIVEN")["executions"]) == 1
    assert client.list_executions(mapRunArn=arn, statusFilter="PENDING_REDRIVE")["executions"] == []
    assert "MapRunRedriven" in [event["type"] for event in get_history(local, execution)]
    client.stop_execution(executionArn=execution)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:states:us-east-1:123456789012:mapRun:m/l:absent", "ResourceNotFound"),
        ("arn:aws:states:us-east-1:123456789012:execution:m:e", "InvalidArn"),
        ("arn:aws:states:us-east-1:123456789012:mapRun:m", "InvalidArn"),
    ],
)
def test_unknown_map_run_is_refused(arn: str, code: str, local: LocalStepFunctions) -> None:
    """The errors are those that AWS's model names."""
    client = local.client
    operations: list[Callable[[], object]] = [
        lambda: client.describe_map_run(mapRunArn=arn),
        lambda: client.list_executions(mapRunArn=arn),
        lambda: client.update_map_run(mapRunArn=arn, maxConcurrency=1),
    ]
    for operation in operations:
        with pytest.raises(ClientError) as refused:
            operation()
        assert refused.value.response["Error"]["Code"] == code
