"""The service that may only schedule is refused everything else, or the rehearsal says what is not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from verification.errors import NotAsExpected
from verification.scheduling_service import SchedulingService

ACCOUNT = "us-east-1:123456789012"
OUTPUTS = {
    "DelayStateMachineArn": f"arn:aws:states:{ACCOUNT}:stateMachine:delay",
    "TaskTableArn": f"arn:aws:dynamodb:{ACCOUNT}:table/tasks",
    "TableQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/tasks",
    "DeadLetterQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
}
STARTED = f"arn:aws:states:{ACCOUNT}:execution:delay:order"


@dataclass
class FakeAws:
    """Starts executions of one state machine, and refuses all calls but `allowed` ones."""

    allowed: dict[str, dict[str, Any]] = field(default_factory=dict)
    has_started: bool = False
    clients: dict[str, Any] = field(default_factory=dict)

    def connect(self, service: Any) -> Any:
        """Return a client whose calls are answered here."""
        if service not in self.clients:
            session = boto3.Session("x", "x", region_name="us-east-1")
            client = self.clients[service] = session.client(service)
            client.meta.events.register("before-call", partial(self.answer, service))
        return self.clients[service]

    def answer(
        self, service: str, params: dict[str, Any], model: Any, **_: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Answer a call in place of AWS."""
        if model.name in self.allowed:
            return _build_answer(200, self.allowed[model.name])
        if (
            model.name == "StartExecution"
            and OUTPUTS["DelayStateMachineArn"].encode() + b'"' in params["body"]
        ):
            if self.has_started:
                return _build_answer(400, {"Error": {"Code": "ExecutionAlreadyExists", "Message": "no"}})
            self.has_started = True
            return _build_answer(200, {"startDate": datetime.now(UTC), "executionArn": STARTED})
        code = "AccessDenied" if service == "sqs" else "AccessDeniedException"
        return _build_answer(400, {"Error": {"Code": code, "Message": "no"}})


def _build_answer(status: int, members: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return SimpleNamespace(status_code=status), {"ResponseMetadata": {"HTTPHeaders": {}}} | members


@pytest.fixture(scope="module")
def shared_aws() -> FakeAws:
    """Return the fake for all tests: its clients take long to make."""
    return FakeAws()


@pytest.fixture
def aws(shared_aws: FakeAws) -> FakeAws:
    """Return the fake as it is at first."""
    shared_aws.allowed, shared_aws.has_started = {}, False
    return shared_aws


def test_service_with_one_right_schedules_and_is_refused_all_else(aws: FakeAws) -> None:
    """Its task starts; every other call is refused for lack of a right."""
    service = SchedulingService("stack", OUTPUTS, aws.connect)
    assert service.schedule("order") == STARTED
    service.require_no_other_right("order")


def test_policy_that_allows_more_fails_the_rehearsal(aws: FakeAws) -> None:
    """The message names each attempt that was not refused, and no other."""
    aws.allowed = {"StopExecution": {}, "ListExecutions": {"executions": []}, "GetItem": {}}
    service = SchedulingService("stack", OUTPUTS, aws.connect)
    service.schedule("order")
    with pytest.raises(
        NotAsExpected, match=r"does not refuse to: .*'list tasks'.*'StopExecution'.*'read the t"
    ) as raised:
        service.require_no_other_right("order")
    assert "DescribeStateMachine" not in str(raised.value)
