"""Step Functions in memory: what a test of a service can rely on."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from delay import Delay, Status
from delay.testing import FakeClock, FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, scheduled

METHODS = {
    "start_execution",
    "describe_execution",
    "stop_execution",
    "list_executions",
    "get_execution_history",
    "redrive_execution",
}


def test_it_has_the_methods_of_boto3s_client() -> None:
    """By name; what a client has besides, nobody here calls."""
    real = boto3.client("stepfunctions", region_name="us-east-1")
    assert {name for name in METHODS if hasattr(FakeStepFunctions, name) and hasattr(real, name)} == METHODS


@pytest.mark.parametrize(
    "parameters",
    [{}, {"stateMachineArn": "x", "name": 5}, {"stateMachineArn": "x", "what": ""}, {"stateMachineArn": ""}],
)
def test_it_refuses_the_parameters_that_boto3_refuses(parameters: dict[str, object]) -> None:
    """In the same words."""
    keys: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    real: Any = boto3.client("stepfunctions", region_name="us-east-1", **keys)
    with pytest.raises(ParamValidationError) as there:
        real.start_execution(**parameters)
    with pytest.raises(ParamValidationError) as here:
        FakeStepFunctions().start_execution(**parameters)
    assert str(here.value) == str(there.value)


def test_its_errors_are_caught_as_boto3s_are(sfn: FakeStepFunctions) -> None:
    """By the classes of the client, or as a ClientError with a code."""
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist) as refused:
        sfn.describe_execution(
            executionArn=f"{sfn.state_machine_arn}:none".replace("stateMachine", "execution")
        )
    assert isinstance(refused.value, ClientError)
    assert refused.value.response["Error"]["Code"] == "ExecutionDoesNotExist"
    assert "when calling the DescribeExecution operation" in str(refused.value)


def test_another_state_machine_is_not_there(sfn: FakeStepFunctions) -> None:
    """It has one."""
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.start_execution(stateMachineArn=f"{sfn.state_machine_arn}2", name="order", input="{}")


def test_tasks_are_called_in_order_of_due_time(sfn: FakeStepFunctions) -> None:
    """With the time at which each was due, however far the clock is moved at once."""
    delay = client(sfn)
    began = sfn.clock.now()
    for hours in (3, 1, 2):
        delay.schedule({"a": hours}, after=hours * HOUR)
    sfn.clock.forward(WEEK)
    assert [(call.event["a"], call.time - began) for call in sfn.calls] == [(n, n * HOUR) for n in (1, 2, 3)]


def test_a_function_may_schedule_what_comes_next() -> None:
    """As one does whose task is more than a year ahead."""

    def function(event: dict[str, int], _context: object) -> None:
        if event["left"]:
            client(sfn).schedule({"left": event["left"] - 1}, after=WEEK)

    sfn = FakeStepFunctions(function)
    client(sfn).schedule({"left": 3}, after=WEEK)
    for _ in range(4):
        sfn.clock.forward(WEEK)
        assert sfn.calls
    assert [call.event["left"] for call in sfn.calls] == [3, 2, 1, 0]


def test_a_call_takes_as_long_as_was_said() -> None:
    """Meanwhile the task runs."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    scheduled(sfn, HOUR)
    sfn.clock.forward(HOUR)
    assert client(sfn).get(KEY).status is Status.RUNNING
    assert len(sfn.calls) == 1
    sfn.clock.forward(timedelta(seconds=20))
    assert client(sfn).get(KEY).status is Status.SUCCEEDED


def test_changes_are_seen_late_where_that_was_asked_for() -> None:
    """As DescribeExecution may on AWS."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=2))
    arn = scheduled(sfn).arn
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist):
        sfn.describe_execution(executionArn=arn)
    sfn.clock.forward(timedelta(seconds=2))
    sfn.stop_execution(executionArn=arn)
    assert sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    sfn.clock.forward(timedelta(seconds=2))
    assert sfn.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_a_fault_before_and_a_fault_after(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Before, nothing has happened; after, it has. Each strikes as often as was said."""
    sfn.fail("start_execution", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        delay.schedule({"a": 1}, after=WEEK, key="one")
    sfn.fail("start_execution", KeyboardInterrupt(), moment=Moment.AFTER)
    with pytest.raises(KeyboardInterrupt):
        delay.schedule({"a": 1}, after=WEEK, key="other")
    assert [task.key for task in delay.list()] == ["other"]
    assert delay.schedule({"a": 1}, after=WEEK, key="one").status is Status.WAITING


def test_clocks_can_be_shared() -> None:
    """By two applications of one test."""
    clock = FakeClock()
    one, other = FakeStepFunctions(clock=clock), FakeStepFunctions(clock=clock)
    scheduled(one)
    clock.forward(WEEK)
    assert len(one.calls) == 1
    assert not other.calls
