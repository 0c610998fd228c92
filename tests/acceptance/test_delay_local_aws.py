"""`delay local` runs a template's tables, queues and schedules. Rows and messages outlive it."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from stepfunctions_local.local_aws.interpreter import find_interpreter
from tests.acceptance.command import Running, eventually, run, running
from tests.acceptance.processes import descendants, is_running
from tests.acceptance.project import build, function

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_interpreter() is None, reason="ministack is not installed: make local-aws"),
]

FREE_PORTS = ("--port", "0", "--lambda-port", "0", "--aws-port", "0")
KEYS = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Build a table, a queue with its dead-letter queue, a schedule, and two functions."""
    variables = {"TABLE": {"Ref": "Notes"}, "QUEUE": {"Ref": "Work"}}
    queue = {"Queue": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    letters = {"deadLetterTargetArn": {"Fn::GetAtt": ["Letters", "Arn"]}, "maxReceiveCount": 2}
    schedule = {
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": {"Fn::GetAtt": ["Tick", "Arn"]}, "RoleArn": "arn:aws:iam::123456789012:role/R"},
    }
    return build(
        tmp_path,
        Notes={
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                **KEYS,
                "BillingMode": "PAY_PER_REQUEST",
                "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            },
        },
        Work={"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 600, "RedrivePolicy": letters}},
        Letters={"Type": "AWS::SQS::Queue"},
        Tick=function("table.tick", Environment={"Variables": variables}),
        Take=function(
            "table.take",
            Environment={"Variables": variables},
            Events={"Messages": {"Type": "SQS", "Properties": queue}},
        ),
        Every={"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
    )


@contextmanager
def local(project: Path) -> Iterator[Running]:
    with running("delay", "local", *FREE_PORTS, project=project, folder=project) as started:
        yield started


def connect(started: Running, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload] # its name is not known here
        endpoint_url=find_aws_url(started),
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def find_aws_url(started: Running) -> str:
    (line,) = [line for line in started.out.splitlines() if line.startswith("DynamoDB, SQS")]
    return line.split()[2]


def list_notes(started: Running, kind: str) -> list[dict[str, Any]]:
    found = connect(started, "dynamodb").query(
        TableName="Notes",
        ConsistentRead=True,
        KeyConditionExpression="pk = :kind",
        ExpressionAttributeValues={":kind": {"S": kind}},
    )
    items: list[dict[str, Any]] = found["Items"]
    return items


def skip(started: Running, duration: str) -> None:
    ended = run("delay", "clock", "skip", duration, "--endpoint-url", started.urls[0])
    assert ended.code == 0, ended.err


def test_functions_table_queue_and_schedule_work_together(project: Path) -> None:
    """The schedule ticks at once; its messages reach the other function, and a failed one comes again."""
    with local(project) as started:
        assert eventually(lambda: len(list_notes(started, "done")) == 1), started.err
        (tick,) = list_notes(started, "tick")
        assert tick["queue"]["S"] == f"{find_aws_url(started)}/123456789012/Work"
        record = json.loads(list_notes(started, "done")[0]["record"]["S"])
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:Work"
        assert record["awsRegion"] == "us-east-1"
        assert record["attributes"].keys() >= {"ApproximateReceiveCount", "SentTimestamp"}
        assert not list_notes(started, "late")
        skip(started, "61m")
        failures = [note["sk"]["S"].split()[1] for note in list_notes(started, "failed")]
        assert sorted(failures) == ["1", "1", "2"]
        assert "Warning" not in started.err


def test_skip_passes_over_delays_and_fires_a_schedule_once(project: Path) -> None:
    """The delayed message is delivered, the schedule ticks once, and functions see the endpoint's time."""
    with local(project) as started:
        assert eventually(lambda: len(list_notes(started, "done")) == 1), started.err
        skip(started, "7d")
        assert len(list_notes(started, "tick")) == 2
        assert len(list_notes(started, "late")) == 1
        first, second = (float(tick["now"]["S"]) for tick in list_notes(started, "tick"))
        assert second - first > timedelta(days=6.9).total_seconds()
        assert connect(started, "sqs").get_queue_attributes(
            QueueUrl="Letters", AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"] == {"ApproximateNumberOfMessages": "0"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_rows_and_messages_outlive_the_command(project: Path, number: signal.Signals) -> None:
    """Even after `kill -9` of the command nothing is left running, and all is there again."""
    with local(project) as started:
        assert eventually(lambda: len(list_notes(started, "done")) == 1), started.err
        (before,) = list_notes(started, "tick")
        processes = descendants(started.process.pid)
        started.end(number)
        assert eventually(lambda: not any(is_running(pid) for pid in processes))
    with local(project) as started:
        assert before in list_notes(started, "tick")
        skip(started, "15m")
        late = [note["sk"]["S"] for note in list_notes(started, "late")]
        assert f"{before['sk']['S']} 1" in late


def test_ended_process_is_replaced(project: Path) -> None:
    """A `kill` of the process of DynamoDB and SQS costs at most the last moment before."""
    with local(project) as started:
        assert eventually(lambda: len(list_notes(started, "done")) == 1), started.err
        (ministack,) = [pid for pid in descendants(started.process.pid) if is_ministack(pid)]
        os.kill(ministack, signal.SIGTERM)
        assert eventually(lambda: not is_running(ministack))
        assert eventually(lambda: len(list_notes(started, "tick")) >= 1)
        assert "another one starts" in started.err


def test_second_start_is_refused(project: Path) -> None:
    """The folder of the records is in use, and the message names the process's remedy."""
    with local(project):
        second = run("delay", "local", *FREE_PORTS, "--data-dir", "records", folder=project)
    assert second.code == 1
    assert "in use by another process" in second.err


def test_taken_port_is_named_with_its_option(project: Path) -> None:
    """Nothing keeps running."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ended = run("delay", "local", *FREE_PORTS, "--aws-port", port, folder=project)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.endswith("choose another port with --aws-port.\n")


def is_ministack(pid: int) -> bool:
    with suppress(OSError):  # it may be gone
        return b"local_aws/program.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
