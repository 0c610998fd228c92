"""A client of a table goes by DynamoDB's clock, and a local endpoint's may be ahead by skips."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import boto3
import pytest
from botocore.stub import Stubber

from delay import Delay
from delay.testing import FakeClock

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Tasks"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(("skipped_seconds", "warnings"), [("604800.000", 0), (None, 1)])
def test_clock_is_not_called_wrong_after_a_skip(
    caplog: pytest.LogCaptureFixture, skipped_seconds: str | None, warnings: int
) -> None:
    """A client goes by the endpoint's clock either way."""
    dynamodb = boto3.client(
        "dynamodb",
        "us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    headers = {"date": format_datetime(NOON + WEEK, usegmt=True)}
    if skipped_seconds:
        headers["x-stepfunctions-local-skipped-seconds"] = skipped_seconds
    delay = Delay(ARN, dynamodb=dynamodb, clock=FakeClock(NOON))
    with Stubber(dynamodb) as stubber:
        stubber.add_response("get_item", {"ResponseMetadata": {"HTTPHeaders": headers}})
        delay.check_clock()
    assert (delay.clock.now(), len(caplog.messages)) == (NOON + WEEK, warnings)
