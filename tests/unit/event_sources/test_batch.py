"""Events of batches, and what the answers of functions say of their messages."""

import json

import pytest

from stepfunctions_local.event_sources.batch import build_event, find_succeeded
from stepfunctions_local.event_sources.ports import Answer
from tests.unit.event_sources.fakes import message

ARN = "arn:aws:sqs:eu-west-1:123456789012:Work"


def test_record_has_the_shape_of_aws() -> None:
    """With the Region of the queue, and message attributes in Lambda's spelling."""
    attributes = {"kind": {"DataType": "String", "StringValue": "a"}}
    sent = message("m", Attributes={"SentTimestamp": "1"}, MessageAttributes=attributes)
    (record,) = json.loads(build_event([sent], ARN))["Records"]
    assert record == {
        "messageId": "m",
        "receiptHandle": "handle-m",
        "body": "m",
        "attributes": {"SentTimestamp": "1"},
        "messageAttributes": {
            "kind": {
                "dataType": "String",
                "stringValue": "a",
                "stringListValues": [],
                "binaryListValues": [],
            }
        },
        "md5OfBody": "x",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("payload", "done"),
    [
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}]}', ["b"]),
        (b'{"batchItemFailures": []}', ["a", "b"]),
        (b'{"batchItemFailures": null}', ["a", "b"]),
        (b"{}", ["a", "b"]),
        (b"null", ["a", "b"]),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": "c"}]}', []),
        (b'{"batchItemFailures": [{"id": "a"}]}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": []}]}', []),
        (b'"text"', []),
    ],
)
def test_reported_failures_come_again(payload: bytes, done: list[str]) -> None:
    """If the report cannot be understood, all messages do."""
    answer = Answer(payload, failed=False)
    found = find_succeeded([message("a"), message("b")], answer, reports_failures=True)
    assert [each["MessageId"] for each in found] == done


def test_failure_of_the_function_is_one_of_the_whole_batch() -> None:
    """Whatever it reports."""
    answer = Answer(b'{"batchItemFailures": []}', failed=True)
    assert find_succeeded([message("a")], answer, reports_failures=True) == []


def test_answer_without_reports_is_not_read() -> None:
    """A function that reports no failures may answer anything."""
    answer = Answer(b'{"batchItemFailures": [{"itemIdentifier": "a"}]}', failed=False)
    assert len(find_succeeded([message("a")], answer, reports_failures=False)) == 1
