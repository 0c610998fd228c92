"""FakeStepFunctions: the behaviour on which the tests of a service can rely."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from delay import Delay, Status
from delay.testing import FakeClock, FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, schedule_task

METHODS = {
    "start_execution",
    "describe_execution",
    "stop_execution",
    "list_executions",
    "get_execution_history",
    "redrive_execution",
}


def test_fake_has_the_methods_of_boto3s_client() -> None:
    """They are the methods that this package calls."""
    real = boto3.client("stepfunctions", region_name="us-east-1")
    assert {name for name in METHODS if hasattr(FakeStepFunctions, name) and hasattr(real, name)} == METHODS


@pytest.mark.parametrize(
    "parameters",
    [{}, {"stateMachineArn": "x", "name": 5}, {"stateMachineArn": "x", "what": ""}, {"stateMachineArn": ""}],
)
def test_fake_refuses_the_parameters_that_boto3_refuses(parameters: dict[str, object]) -> None:
    """The messages are the same."""
    keys: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    real: Any = boto3.client("stepfunctions", region_name="us-east-1", **keys)
    with pytest.raises(ParamValidationError) as there:
        real.start_execution(**parameters)
    with pytest.raises(ParamValidationError) as here:
        FakeStepFunctions().start_execution(**parameters)
    assert str(here.value) == str(there.value)


def test_errors_are_caught_like_those_of_boto3(sfn: FakeStepFunctions) -> None:
    """They are caught by the client's classes, or as a ClientError with a code."""
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist) as refused:
        sfn.describe_execution(
            executionArn=f"{sfn.state_machine_arn}:none".replace("stateMachine", "execution")
        )
    assert isinstance(refused.value, ClientError)
    assert refused.value.response["Error"]["Code"] == "ExecutionDoesNotExist"
    assert "when calling the DescribeExecution operation" in str(refused.value)


def test_other_state_machine_does_not_exist(sfn: FakeStepFunctions) -> None:
    """The fake has exactly one."""
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.start_execution(stateMachineArn=f"{sfn.state_machine_arn}2", name="order", input="{}")


def test_tasks_are_called_in_order_of_due_time(sfn: FakeStepFunctions) -> None:
    """Each call has its task's due time, even if the clock moves past several at once."""
    delay = client(sfn)
    began = sfn.clock.now()
    for hours in (3, 1, 2):
        delay.schedule({"a": hours}, after=hours * HOUR)
    sfn.clock.forward(WEEK)
    assert [(call.event["a"], call.time - began) for call in sfn.calls] == [(n, n * HOUR) for n in (1, 2, 3)]


def test_function_may_schedule_the_next_task() -> None:
    """A task due in more than a year needs this."""

    def function(event: dict[str, int], _context: object) -> None:
        if event["left"]:
            client(sfn).schedule({"left": event["left"] - 1}, after=WEEK)

    sfn = FakeStepFunctions(function)
    client(sfn).schedule({"left": 3}, after=WEEK)
    for _ in range(4):
        sfn.clock.forward(WEEK)
        assert sfn.calls
    assert [call.event["left"] for call in sfn.calls] == [3, 2, 1, 0]


def test_call_takes_the_given_duration() -> None:
    """The task is RUNNING meanwhile."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    schedule_task(sfn, HOUR)
    sfn.clock.forward(HOUR)
    assert client(sfn).get(KEY).status is Status.RUNNING
    assert len(sfn.calls) == 1
    sfn.clock.forward(timedelta(seconds=20))
    assert client(sfn).get(KEY).status is Status.SUCCEEDED


def test_lag_delays_the_visibility_of_changes() -> None:
    """DescribeExecution may lag like this on AWS."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=2))
    arn = schedule_task(sfn).arn
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist):
        sfn.describe_execution(executionArn=arn)
    sfn.clock.forward(timedelta(seconds=2))
    sfn.stop_execution(executionArn=arn)
    assert sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    sfn.clock.forward(timedelta(seconds=2))
    assert sfn.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_fault_strikes_before_or_after_a_call(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Before, the call has no effect; after, it has. A fault strikes as often as asked."""
    sfn.fail("start_execution", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        delay.schedule({"a": 1}, after=WEEK, key="one")
    sfn.fail("start_execution", KeyboardInterrupt(), moment=Moment.AFTER)
    with pytest.raises(KeyboardInterrupt):
        delay.schedule({"a": 1}, after=WEEK, key="other")
    assert [task.key for task in delay.list()] == ["other"]
    assert delay.schedule({"a": 1}, after=WEEK, key="one").status is Status.WAITING


def test_two_fakes_can_share_a_clock() -> None:
    """One test may use two applications."""
    clock = FakeClock()
    one, other = FakeStepFunctions(clock=clock), FakeStepFunctions(clock=clock)
    schedule_task(one)
    clock.forward(WEEK)
    assert len(one.calls) == 1
    assert not other.calls
