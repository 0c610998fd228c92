"""Errors name the endpoint that they are from, if that is not AWS's."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.stub import Stubber

from delay import Delay
from delay.aws.connection import connect_local, connect_local_service
from delay.aws.foreign_endpoint import find_foreign_endpoint
from delay.errors import ServiceError
from delay.testing import FakeStepFunctions

URL = "http://127.0.0.1:8083"
SOURCE = r"http://127\.0\.0\.1:8083 says: JournalUnwritable: The disk is full"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:DelayStateMachine"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/TaskTable"


def refuse(client: Any, operation: str) -> Any:
    """Return a client of which an operation is refused."""
    stubber = Stubber(client)
    stubber.add_client_error(operation, "JournalUnwritable", "The disk is full.", 500)
    stubber.activate()
    return client


@pytest.mark.parametrize(
    ("name", "connect", "operation", "arn"),
    [
        ("sfn", connect_local, "describe_execution", MACHINE),
        ("dynamodb", partial(connect_local_service, "dynamodb"), "get_item", TABLE),
    ],
    ids=["executions", "table"],
)
def test_error_of_a_local_endpoint_is_not_called_one_of_aws(
    name: str, connect: Callable[[str, str], Any], operation: str, arn: str
) -> None:
    """The message says which endpoint it is from."""
    client: Any = {name: refuse(connect(URL, "eu-west-1"), operation)}
    with pytest.raises(ServiceError, match=SOURCE) as raised:
        Delay(arn, patience=timedelta(0), **client).get("order")
    assert "AWS" not in str(raised.value)


def test_error_of_a_local_queue_names_its_endpoint() -> None:
    """A dead-letter queue may be elsewhere than the tasks."""
    sqs = refuse(connect_local_service("sqs", URL, "eu-west-1"), "receive_message")
    with pytest.raises(ServiceError, match=SOURCE):
        list(Delay(MACHINE, FakeStepFunctions()).dead_letters("https://queue", sqs).look())


@pytest.mark.parametrize(
    ("url", "is_foreign"),
    [
        ("https://states.eu-west-1.amazonaws.com", False),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", False),
        ("https://states.eu-west-1.api.aws", False),
        ("https://amazonaws.com.example", True),
        (URL, True),
        (None, False),
        (MagicMock(), False),
    ],
)
def test_endpoint_is_foreign_unless_it_is_in_a_domain_of_aws(url: object, is_foreign: bool) -> None:  # noqa: FBT001 - a table
    """A fake has no endpoint, and a mock anything."""
    client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=url))
    assert find_foreign_endpoint(client) == (url if is_foreign else None)
    assert find_foreign_endpoint(object()) is None
