"""The client itself: history, redrive, stacks, and the cost of its import."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.stub import Stubber

import delay as package
from delay import (
    Delay,
    InvalidRequest,
    NoSuchStack,
    NoSuchTask,
    NotPermitted,
    NotRedrivable,
    Status,
)
from delay.clock import find_clock
from delay.testing import FakeClock, FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, WEEK, boto3_client, client, schedule_task

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


def build_failing_fake(times: int) -> FakeStepFunctions:
    """Return a fake whose function fails `times` times, and then succeeds."""
    left = iter([*[True] * times])

    def function(event: dict[str, Any], _context: object) -> str:
        if next(left, False):
            raise KeyError(event["a"])
        return "done"

    return FakeStepFunctions(function)


def test_failed_task_is_redriven() -> None:
    """Its function is called again at once, with the same event."""
    sfn = build_failing_fake(1)
    schedule_task(sfn, HOUR)
    sfn.clock.forward(2 * HOUR)
    failed = client(sfn).get(KEY)
    assert (failed.status, failed.error) == (Status.FAILED, "KeyError")
    assert client(sfn).redrive(KEY).output == "done"
    assert [call.event for call in sfn.calls] == [{"expirydate": 3600, "a": 1}] * 2
    assert client(sfn).history(KEY)[-1]["type"] == "ExecutionSucceeded"


def test_only_a_failed_task_is_redriven(delay: Delay, sfn: FakeStepFunctions) -> None:
    """No redrive is sent for a waiting or cancelled task."""
    schedule_task(sfn)
    with pytest.raises(NotRedrivable, match="is WAITING: only a failed task"):
        delay.redrive(KEY)
    delay.cancel(KEY)
    with pytest.raises(NotRedrivable, match="is CANCELLED"):
        delay.redrive(KEY)
    assert "redrive_execution" not in sfn.requests


def test_task_that_failed_15_days_ago_is_not_redriven() -> None:
    """AWS's limit is 14 days, and its refusal says so."""
    sfn = build_failing_fake(1)
    schedule_task(sfn, HOUR)
    sfn.clock.forward(timedelta(days=15))
    with pytest.raises(NotRedrivable, match="within the last 14 days"):
        client(sfn).redrive(KEY)


def test_redriven_task_runs_until_its_call_ends() -> None:
    """It can fail again."""
    sfn = FakeStepFunctions(lambda event, _: event["b"], call_duration=timedelta(seconds=30))
    schedule_task(sfn, HOUR)
    sfn.clock.forward(2 * HOUR)
    assert client(sfn).redrive(KEY).status is Status.RUNNING
    assert client(sfn).wait(KEY).status is Status.FAILED


def test_history_has_every_event_of_the_live_generation(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It is fetched page by page."""
    schedule_task(sfn)
    delay.reschedule(KEY, after=HOUR)
    assert [event["type"] for event in delay.history(KEY)] == ["ExecutionStarted", "WaitStateEntered"]
    sfn.clock.forward(HOUR)
    assert delay.history(KEY)[-1]["type"] == "ExecutionSucceeded"
    with pytest.raises(NoSuchTask):
        delay.history("other")


def stub_stack(outputs: list[dict[str, str]]) -> Any:
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    stubber = Stubber(cloudformation)
    described = {"StackName": "tasks", "CreationTime": "2026-11-24", "StackStatus": "CREATE_COMPLETE"}
    stubber.add_response(
        "describe_stacks", {"Stacks": [described | {"Outputs": outputs}]}, {"StackName": "tasks"}
    )
    stubber.activate()
    return cloudformation


def test_output_of_a_stack_names_the_state_machine() -> None:
    """The output is the one that template.yaml defines."""
    sfn = FakeStepFunctions()
    outputs = [
        {"OutputKey": "HelloWorldFunctionName", "OutputValue": "other"},
        {"OutputKey": "DelayStateMachineArn", "OutputValue": sfn.state_machine_arn},
    ]
    delay = Delay.from_stack("tasks", cloudformation=stub_stack(outputs), sfn=sfn, clock=sfn.clock)
    assert delay.schedule({"a": 1}, after=WEEK).status is Status.WAITING


def test_stack_of_another_application_is_refused() -> None:
    """The error lists the outputs of that stack."""
    outputs = [{"OutputKey": "Queue", "OutputValue": "q"}, {"OutputKey": "Bucket", "OutputValue": "b"}]
    with pytest.raises(NoSuchStack, match=r"no output DelayStateMachineArn.* Its outputs: Bucket, Queue\."):
        Delay.from_stack("tasks", cloudformation=stub_stack(outputs))


STATE_MACHINE = {"OutputKey": "DelayStateMachineArn", "OutputValue": ARN}
TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/tasks"


def test_stack_without_a_table_is_refused() -> None:
    """The error says how the stack gets one."""
    with pytest.raises(NoSuchStack, match=r"no output TaskTableArn: deploy it with .* TaskStore=both"):
        Delay.from_stack("tasks", store="table", cloudformation=stub_stack([STATE_MACHINE]))


def test_output_of_a_stack_names_the_table() -> None:
    """Its tasks wait there."""
    outputs = [STATE_MACHINE, {"OutputKey": "TaskTableArn", "OutputValue": TABLE_ARN}]
    delay = Delay.from_stack("tasks", store="table", cloudformation=stub_stack(outputs))
    assert delay.arn == TABLE_ARN


def test_unknown_store_is_refused() -> None:
    """The error names those that there are."""
    with pytest.raises(InvalidRequest, match="store is 'executions' or 'table', got 'rows'"):
        Delay.from_stack("tasks", store="rows", cloudformation=stub_stack([STATE_MACHINE]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("ValidationError", NoSuchStack, "no stack 'tasks' in this account and Region: run `sam deploy`"),
        ("AccessDenied", NotPermitted, "IAM action cloudformation:DescribeStacks on the stack 'tasks'"),
    ],
)
def test_unreadable_stack_is_reported(code: str, error: type[Exception], message: str) -> None:
    """The error says what to do."""
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    stubber = Stubber(cloudformation)
    stubber.add_client_error("describe_stacks", code, "Stack with id tasks does not exist", 400)
    stubber.activate()
    with pytest.raises(error, match=message):
        Delay.from_stack("tasks", cloudformation=cloudformation)


def test_default_boto3_client_uses_the_region_of_the_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment does not change it. It slows down when it is throttled."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    sfn = boto3_client(Delay(ARN))
    assert sfn.meta.region_name == "us-east-1"
    assert sfn.meta.config.retries["mode"] == "adaptive"


def test_import_loads_no_heavy_package() -> None:
    """boto3 is imported with the first client of its own. A function that needs a key never imports it."""
    program = (
        "import sys; from delay import Delay, Generation; "
        f"Delay({ARN!r}); Generation.of_name('order--g2-g19'); "
        "print(sorted({'boto3', 'click', 'rich', 'aiohttp', 'stepfunctions_local'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_package_has_each_name_that_it_exports() -> None:
    """They are imported when they are used; so are its public modules."""
    for name in package.__all__:
        exported = getattr(package, name)
        assert name in dir(package)
        assert getattr(exported, "__name__", name) == name
    assert package.testing.FakeStepFunctions is FakeStepFunctions
    with pytest.raises(AttributeError, match="module 'delay' has no attribute 'nope'"):
        getattr(package, "nope")  # noqa: B009 - mypy knows that there is none


def test_clock_of_the_endpoint_is_taken_from_its_client() -> None:
    """A fake and a test's endpoint have a clock of their own; one that is passed wins."""
    sfn, other = FakeStepFunctions(), FakeClock(datetime(2030, 1, 1, tzinfo=UTC))
    assert Delay(ARN, sfn).clock.now() == sfn.clock.now()
    assert Delay(ARN, sfn, clock=other).clock.now() == other.now()


def test_client_without_a_clock_goes_by_the_system() -> None:
    """A mock has every attribute that it is asked for, and yet no clock."""
    assert find_clock(MagicMock()) is None
    assert find_clock(None) is None
