"""The reconciliation and the canary are called by hand as their schedules call them."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from verification.errors import NotAsExpected
from verification.watching import CANARY_PREFIX, Reconciliation, read_canary_request

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:delay"


@dataclass
class FakeAws:
    """A fake of Lambda, SQS and EventBridge Scheduler."""

    answer: dict[str, Any] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Answer a call of the function."""
        assert (FunctionName, json.loads(Payload)) == ("f", {"hours": 1})
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())} | (
            {"FunctionError": "Unhandled"} if "errorMessage" in self.answer else {}
        )

    def receive_message(self, **_: Any) -> dict[str, Any]:
        """Return one letter at a time."""
        return {"Messages": [{"ReceiptHandle": self.letters[0]}]} if self.letters else {}

    def delete_message(self, ReceiptHandle: str, **_: str) -> None:  # noqa: N803 - boto3's own
        """Delete a letter."""
        self.letters.remove(ReceiptHandle)

    def find_resource(self, logical_id: str) -> str:
        """Return the name of the schedule."""
        return f"stack-{logical_id}"

    def get_schedule(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        """Return the schedule."""
        assert Name == "stack-CanarySchedule"
        request = {
            "StateMachineArn": f"{MACHINE}:live",
            "Name": f"{CANARY_PREFIX}<aws.scheduler.execution-id>",
            "Input": "{}",
        }
        return {"Target": {"Input": json.dumps(request)}}


def reconciliation(aws: FakeAws) -> Reconciliation:
    client: Any = aws
    return Reconciliation("f", "url", client, client)


def test_expected_number_of_sent_letters_passes() -> None:
    """Another number does not."""
    found = reconciliation(FakeAws({"failed": 1, "sent": 1}))
    found.require_sent(1)
    with pytest.raises(NotAsExpected, match="sent 1 letters instead of 0"):
        found.require_sent(0)


def test_failed_call_raises_its_message() -> None:
    """Lambda returns it as the payload."""
    with pytest.raises(NotAsExpected, match="AccessDenied"):
        reconciliation(FakeAws({"errorMessage": "AccessDenied"})).look()


def test_all_letters_are_lost() -> None:
    """Whatever number a call receives."""
    aws = FakeAws(letters=["a", "b", "c"])
    reconciliation(aws).lose_letters()
    assert aws.letters == []


def test_canary_is_started_by_the_request_of_its_schedule() -> None:
    """Without the alias, which the local AWS lacks."""
    aws: Any = FakeAws()
    assert read_canary_request(aws, aws) == {
        "stateMachineArn": MACHINE,
        "name": f"{CANARY_PREFIX}by-hand",
        "input": "{}",
    }
