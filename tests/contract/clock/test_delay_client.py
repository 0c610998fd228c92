"""Delay on a test's own endpoint: due times by its clock, and waiting that skips time."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from delay import Delay, DelayError, NoSuchTask, Status
from delay.testing import FakeClock
from stepfunctions_local.errors import SkipRefused
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)


@pytest.fixture
def machine_arn(local: LocalStepFunctions) -> str:
    return create(local, "Reminders")


def create(local: LocalStepFunctions, name: str, definition: str = WAIT_AND_PASS) -> str:
    """Create a state machine, and return its ARN."""
    created = local.client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return created["stateMachineArn"]


def test_due_time_goes_by_the_endpoint_wherever_its_client_is(
    local: LocalStepFunctions, machine_arn: str
) -> None:
    """In the ready client, and in one that a service makes of the boto3 client."""
    local.skip(WEEK)
    for number, delay in enumerate([local.delay, Delay(machine_arn, local.client)]):
        at, began = local.now + HOUR, datetime.now(UTC)
        task = delay.schedule({}, at=at, key=f"k{number}")
        sent = datetime.now(UTC) - began
        assert task.due is not None
        assert timedelta() <= task.due - at <= timedelta(seconds=2) + sent
        assert task.due - datetime.now(UTC) > WEEK
        assert (task.status, delay.get(task).status) == (Status.WAITING, Status.WAITING)


def test_own_clock_wins(local: LocalStepFunctions, machine_arn: str) -> None:
    """A test may want another one."""
    clock = FakeClock()
    assert Delay(machine_arn, local.client, clock=clock).clock.now() == clock.now()


def test_responses_are_dated_by_the_endpoints_clock(local: LocalStepFunctions) -> None:
    """A client that compares the date with its own clock sees the skip."""
    local.skip(WEEK)
    headers = local.client.list_state_machines()["ResponseMetadata"]["HTTPHeaders"]
    assert float(headers["x-stepfunctions-local-skipped-seconds"]) == pytest.approx(
        WEEK.total_seconds(), 0.01
    )
    assert abs(parsedate_to_datetime(headers["date"]) - local.now) < timedelta(minutes=1)


def test_wait_skips_time(local: LocalStepFunctions, machine_arn: str) -> None:
    """A service under test may wait, and the test does not."""
    delay = Delay(machine_arn, local.client)
    task = delay.wait(delay.schedule({}, after=WEEK, key="k"))
    assert task.status is Status.SUCCEEDED
    assert local.now - task.started >= WEEK


def test_waiting_for_a_task_skips_to_each_due_time(local: LocalStepFunctions, machine_arn: str) -> None:
    """Also to those of others on the way, and no further."""
    first = local.delay.schedule({}, after=HOUR, key="first")
    later = local.delay.schedule({}, after=2 * WEEK, key="later")
    task = local.delay.schedule({}, after=WEEK, key="k")
    assert local.wait_for("k").status is Status.SUCCEEDED
    assert local.delay.get(first).status is Status.SUCCEEDED
    assert local.delay.get(later).status is Status.WAITING
    assert WEEK <= local.now - task.started < WEEK + HOUR
    assert machine_arn == local.client.list_state_machines()["stateMachines"][0]["stateMachineArn"]


def test_task_key_and_arn_name_the_same(local: LocalStepFunctions, machine_arn: str) -> None:
    """An execution that Delay did not start has an ARN only; a name may be longer than a key."""
    task = local.delay.schedule({"a": 1}, after=WEEK, key="k")
    assert local.wait_for(task) == local.wait_for("k") == local.wait_for(task.arn)
    started = local.client.start_execution(
        stateMachineArn=machine_arn, name="n" * 80, input=json.dumps({"expirydate": 5})
    )
    assert local.wait_for(started["executionArn"]).status is Status.SUCCEEDED


def test_rescheduled_task_is_waited_for_by_its_key(local: LocalStepFunctions, machine_arn: str) -> None:
    """Its first execution has ended, and its ARN is of that one."""
    first = local.delay.schedule({}, after=HOUR, key="k")
    local.delay.reschedule("k", after=WEEK)
    assert local.wait_for(first.arn).status is Status.RESCHEDULED
    task = local.wait_for("k")
    assert (task.status, task.generation) == (Status.SUCCEEDED, 2)
    assert machine_arn.endswith("Reminders")


def test_execution_that_waits_for_a_token_times_out(local: LocalStepFunctions, machine_arn: str) -> None:
    """No token comes, so its next due time is the end of its life, a year."""
    child = {"StateMachineArn": machine_arn, "Input": {"expirydate": 60, "t.$": "$$.Task.Token"}}
    task_state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken",
        "Parameters": child,
        "End": True,
    }
    approvals = json.dumps({"StartAt": "A", "States": {"A": task_state}})
    arn = create(local, "Approvals", approvals)
    started = local.client.start_execution(stateMachineArn=arn, name="n")
    ended = local.wait_for(started["executionArn"])
    assert ended.status is Status.TIMED_OUT
    assert local.now - ended.started >= timedelta(days=365)


def test_missing_task_is_reported(local: LocalStepFunctions, machine_arn: str) -> None:
    """With the errors of Delay and of boto3."""
    with pytest.raises(NoSuchTask):
        local.wait_for("nope")
    with pytest.raises(local.client.exceptions.ExecutionDoesNotExist):
        local.wait_for(machine_arn.replace(":stateMachine:", ":execution:") + ":nope")


def test_ready_client_needs_one_state_machine(local: LocalStepFunctions) -> None:
    """Of several it takes the one with the template's name."""
    with pytest.raises(DelayError, match="There is no state machine"):
        _ = local.delay
    create(local, "A")
    arn = create(local, "B")
    with pytest.raises(DelayError, match=r"There are A, B: .* `Delay\(arn, local.client\)`"):
        _ = local.delay
    create(local, "DelayStateMachine")
    assert local.delay.arn.endswith(":DelayStateMachine")
    assert Delay(arn, local.client).schedule({}, after=HOUR).status is Status.WAITING


def test_function_has_run_when_its_task_is_returned(project: Path) -> None:
    """Although a later task of another waits."""
    with LocalStepFunctions(project) as local:
        local.delay.schedule({"about": "later"}, after=2 * WEEK)
        task = local.wait_for(local.delay.schedule({"about": "the lease"}, after=WEEK))
        assert task.output == {"reminded": "the lease"}
        assert local.now - task.started < WEEK + HOUR


def test_configuration_of_aws_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixture needs neither a profile nor credentials."""
    monkeypatch.setenv("AWS_PROFILE", "nope")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null/nope")
    with LocalStepFunctions() as local:
        assert local.client.list_state_machines()["stateMachines"] == []
        with pytest.raises(SkipRefused):
            local.skip_to_next()
