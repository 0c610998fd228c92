"""The client itself: history, redrive, stacks, and what it costs to import."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from delay import Delay, NoSuchStack, NoSuchTask, NotPermitted, NotRedrivable, Status
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, scheduled

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


def failing(times: int) -> FakeStepFunctions:
    """Make a function that fails so often, and then does not."""
    left = iter([*[True] * times])

    def function(event: dict[str, Any], _context: object) -> str:
        if next(left, False):
            raise KeyError(event["a"])
        return "done"

    return FakeStepFunctions(function)


def test_a_failed_task_is_redriven() -> None:
    """Its function is called again, with the same event, and at once."""
    sfn = failing(1)
    scheduled(sfn, HOUR)
    sfn.clock.forward(2 * HOUR)
    failed = client(sfn).get(KEY)
    assert (failed.status, failed.error) == (Status.FAILED, "KeyError")
    assert client(sfn).redrive(KEY).output == "done"
    assert [call.event for call in sfn.calls] == [{"expirydate": 3600, "a": 1}] * 2
    assert client(sfn).history(KEY)[-1]["type"] == "ExecutionSucceeded"


def test_what_has_not_failed_is_not_redriven(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Nothing is sent for it."""
    scheduled(sfn)
    with pytest.raises(NotRedrivable, match="is WAITING: only a failed task"):
        delay.redrive(KEY)
    delay.cancel(KEY)
    with pytest.raises(NotRedrivable, match="is CANCELLED"):
        delay.redrive(KEY)
    assert "redrive_execution" not in sfn.requests


def test_a_task_that_failed_long_ago_is_not_redriven() -> None:
    """14 days are the limit, and AWS says so."""
    sfn = failing(1)
    scheduled(sfn, HOUR)
    sfn.clock.forward(timedelta(days=15))
    with pytest.raises(NotRedrivable, match="within the last 14 days"):
        client(sfn).redrive(KEY)


def test_a_redriven_task_that_runs_cannot_be_cancelled() -> None:
    """It was called before."""
    sfn = FakeStepFunctions(lambda event, _: event["b"], call_duration=timedelta(seconds=30))
    scheduled(sfn, HOUR)
    sfn.clock.forward(2 * HOUR)
    assert client(sfn).redrive(KEY).status is Status.RUNNING
    assert client(sfn).wait(KEY).status is Status.FAILED


def test_the_history_has_every_event(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Of the generation that counts, page by page."""
    scheduled(sfn)
    delay.reschedule(KEY, after=HOUR)
    assert [event["type"] for event in delay.history(KEY)] == ["ExecutionStarted", "WaitStateEntered"]
    sfn.clock.forward(HOUR)
    assert delay.history(KEY)[-1]["type"] == "ExecutionSucceeded"
    with pytest.raises(NoSuchTask):
        delay.history("other")


def stack(outputs: list[dict[str, str]]) -> Any:  # noqa: ANN401 - boto3 has no types
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    stubber = Stubber(cloudformation)
    described = {"StackName": "tasks", "CreationTime": "2026-11-24", "StackStatus": "CREATE_COMPLETE"}
    stubber.add_response(
        "describe_stacks", {"Stacks": [described | {"Outputs": outputs}]}, {"StackName": "tasks"}
    )
    stubber.activate()
    return cloudformation


def test_a_stack_tells_its_state_machine() -> None:
    """In the output that template.yaml has for it."""
    sfn = FakeStepFunctions()
    outputs = [
        {"OutputKey": "HelloWorldFunctionName", "OutputValue": "other"},
        {"OutputKey": "DelayStateMachineArn", "OutputValue": sfn.state_machine_arn},
    ]
    delay = Delay.from_stack("tasks", cloudformation=stack(outputs), sfn=sfn, clock=sfn.clock)
    assert delay.schedule({"a": 1}, after=WEEK).status is Status.WAITING


def test_a_stack_of_something_else_is_told_from_it() -> None:
    """With what it has instead."""
    outputs = [{"OutputKey": "Queue", "OutputValue": "q"}, {"OutputKey": "Bucket", "OutputValue": "b"}]
    with pytest.raises(NoSuchStack, match=r"no output DelayStateMachineArn.* Its outputs: Bucket, Queue\."):
        Delay.from_stack("tasks", cloudformation=stack(outputs))


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("ValidationError", NoSuchStack, "no stack 'tasks' in this account and Region: run `sam deploy`"),
        ("AccessDenied", NotPermitted, "IAM action cloudformation:DescribeStacks on the stack 'tasks'"),
    ],
)
def test_a_stack_that_cannot_be_read_is_told(code: str, error: type[Exception], said: str) -> None:
    """With what to do."""
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    stubber = Stubber(cloudformation)
    stubber.add_client_error("describe_stacks", code, "Stack with id tasks does not exist", 400)
    stubber.activate()
    with pytest.raises(error, match=said):
        Delay.from_stack("tasks", cloudformation=cloudformation)


def test_the_clients_own_client_keeps_to_the_region_of_the_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says, and slows down when it is throttled."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    sfn = Delay(ARN)._client  # noqa: SLF001 - nothing else shows it without a network
    assert sfn.meta.region_name == "us-east-1"
    assert sfn.meta.config.retries["mode"] == "adaptive"


def test_importing_is_cheap() -> None:
    """boto3 comes with the first client that is made here; a function that wants a key never imports it."""
    program = (
        "import sys; from delay import Delay, Generation; "
        f"Delay({ARN!r}); Generation.of_name('order--g2-g19'); "
        "print(sorted({'boto3', 'click', 'rich', 'aiohttp', 'stepfunctions_local'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"
