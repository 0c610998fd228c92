"""A port that other machines reach, and a log that shows everything but secrets."""

import json
from pathlib import Path

from tests.acceptance.command import eventually, running
from tests.acceptance.steps import with_boto3

ROLE = "arn:aws:iam::123456789012:role/DummyRole"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's own example
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE/token+with=signs=="  # noqa: S105 - likewise
COMMAND = ("stepfunctions-local", "--port", "0", "--in-memory")
SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "http://127.0.0.1:9/queue", "MessageBody": "text"},
    "End": True,
}


def test_debug_log_of_a_signed_call_lacks_its_credentials(tmp_path: Path) -> None:
    """The endpoint is open to other machines, which it warns of, and signs a call of SQS."""
    options = ("--host", "0.0.0.0", "--debug", "--sqs-endpoint", "http://127.0.0.1:9")  # noqa: S104 - what is tested
    with running(
        *COMMAND,
        *options,
        folder=tmp_path,
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY=SECRET,
        AWS_SESSION_TOKEN=TOKEN,
    ) as started:
        assert "Warning: --host 0.0.0.0 lets other machines connect" in started.err
        call = with_boto3(started.urls[0])
        definition = json.dumps({"StartAt": "Send", "States": {"Send": SEND}})
        machine = call("create_state_machine", name="machine", definition=definition, roleArn=ROLE)
        call("start_execution", stateMachineArn=machine["stateMachineArn"])
        assert eventually(lambda: "x-amz-security-token:[removed]" in started.err), started.err
        assert started.end() == 0
    assert SECRET not in started.err
    assert TOKEN not in started.err


def test_loopback_is_not_warned_of(tmp_path: Path) -> None:
    """The default address is out of reach of other machines."""
    with running(*COMMAND, folder=tmp_path) as started:
        assert started.err == ""
