"""Step Functions for the tests of a project: functions, state machines, a client, and time to skip."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

from stepfunctions_local.errors import SkipRefused, TemplateError
from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.states.machines import ROLE, WAIT_AND_PASS

YEAR_LESS_A_DAY = timedelta(days=364)


def start(local: LocalStepFunctions, delay: timedelta, about: str) -> str:
    """Start a reminder and return its ARN."""
    task = {"expirydate": int(delay.total_seconds()), "about": about}
    return local.client.start_execution(
        stateMachineArn=local.state_machine_arns["Reminders"], input=json.dumps(task)
    )["executionArn"]


def test_a_wait_of_364_days_calls_the_function_in_moments(project: Path) -> None:
    """Through HTTP, and by a Lambda worker: when the skip returns, the function has been called."""
    with LocalStepFunctions(project) as local:
        arn = start(local, YEAR_LESS_A_DAY, "the lease")
        began = time.monotonic()
        assert local.skip(timedelta(days=364, minutes=1)).fired == 1
        seconds = time.monotonic() - began
        described = local.client.describe_execution(executionArn=arn)
        assert (described["status"], described["output"]) == ("SUCCEEDED", '{"reminded":"the lease"}')
        assert described["stopDate"] - described["startDate"] == YEAR_LESS_A_DAY
        assert "Reminding of the lease" in local.log
        assert seconds < 5


def test_functions_are_called_in_order_of_due_time(project: Path) -> None:
    """Each by itself, whatever was started first."""
    with LocalStepFunctions(project) as local:
        for days in (3, 1, 2):
            start(local, timedelta(days=days), f"day {days}")
        local.skip(timedelta(days=7))
        lines = [line for line in local.log.splitlines() if "Reminding" in line]
        assert [line[line.index("Reminding") :] for line in lines] == [
            f"Reminding of day {day}" for day in (1, 2, 3)
        ]


def test_time_can_be_skipped_to_the_next_due_time_and_to_a_moment(local: LocalStepFunctions) -> None:
    """And `now` is where it was skipped to."""
    machine = local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    started = local.client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input='{"expirydate": 3600}'
    )
    local.skip_to_next()
    assert local.now - started["startDate"] >= timedelta(hours=1)
    there = local.now + timedelta(days=100)
    assert local.skip_to(there).now == there
    assert local.now >= there


def test_a_skip_that_is_refused_raises(local: LocalStepFunctions) -> None:
    """In the test itself, with the reason."""
    with pytest.raises(SkipRefused, match="No execution is waiting"):
        local.skip_to_next()


def test_each_has_a_clock_and_records_of_its_own(project: Path) -> None:
    """Tests do not see each other's executions, nor each other's time."""
    with LocalStepFunctions(project) as one, LocalStepFunctions(project) as other:
        start(one, timedelta(days=1), "anything")
        one.skip(timedelta(days=30))
        assert one.now - other.now > timedelta(days=29)
        arn = other.state_machine_arns["Reminders"]
        assert other.client.list_executions(stateMachineArn=arn)["executions"] == []


def test_records_and_time_can_be_kept(tmp_path: Path) -> None:
    """In a folder, for a test that restarts what it tests."""
    with LocalStepFunctions(data_dir=tmp_path / "records") as local:
        local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
        before = local.skip(timedelta(days=30)).now
    with LocalStepFunctions(data_dir=tmp_path / "records") as local:
        assert local.client.list_state_machines()["stateMachines"][0]["name"] == "machine"
        assert local.now >= before


def test_a_project_that_is_not_built_is_refused(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(TemplateError, match="run `sam build`"), LocalStepFunctions(tmp_path):
        pass


def test_a_project_brings_its_own_functions(project: Path) -> None:
    """Another endpoint for them would never be called."""
    with pytest.raises(ValueError, match="leave lambda_endpoint out"):
        LocalStepFunctions(project, lambda_endpoint="http://127.0.0.1:9")


def test_there_is_nothing_outside_of_the_context() -> None:
    """And a test that forgot to enter it is told."""
    with pytest.raises(RuntimeError, match="with LocalStepFunctions"):
        LocalStepFunctions().skip(timedelta(days=1))
