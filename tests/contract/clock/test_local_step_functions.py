"""LocalStepFunctions in a project's tests: functions, state machines, a client and skipped time."""

import json
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


def test_skip_ends_a_wait_of_364_days(project: Path) -> None:
    """A Lambda worker has run the function when the skip returns."""
    with LocalStepFunctions(project) as local:
        arn = start(local, YEAR_LESS_A_DAY, "the lease")
        assert local.skip(timedelta(days=364, minutes=1)).fired == 1
        described = local.client.describe_execution(executionArn=arn)
        assert (described["status"], described["output"]) == ("SUCCEEDED", '{"reminded":"the lease"}')
        assert described["stopDate"] - described["startDate"] == YEAR_LESS_A_DAY
        assert "Reminding of the lease" in local.log


def test_functions_are_called_in_order_of_due_time(project: Path) -> None:
    """The order in which the executions started does not matter."""
    with LocalStepFunctions(project) as local:
        for days in (3, 1, 2):
            start(local, timedelta(days=days), f"day {days}")
        local.skip(timedelta(days=7))
        lines = [line for line in local.log.splitlines() if "Reminding" in line]
        assert [line[line.index("Reminding") :] for line in lines] == [
            f"Reminding of day {day}" for day in (1, 2, 3)
        ]


def test_time_can_be_skipped_to_the_next_due_time_and_to_a_given_time(local: LocalStepFunctions) -> None:
    """The clock then shows that time."""
    machine = local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
    started = local.client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input='{"expirydate": 3600}'
    )
    local.skip_to_next()
    assert local.now - started["startDate"] >= timedelta(hours=1)
    target = local.now + timedelta(days=100)
    assert local.skip_to(target).now == target
    assert local.now >= target


def test_a_refused_skip_raises(local: LocalStepFunctions) -> None:
    """The exception has the reason."""
    with pytest.raises(SkipRefused, match="No execution is waiting"):
        local.skip_to_next()


def test_each_instance_has_its_own_clock_and_records(project: Path) -> None:
    """Tests see neither each other's executions nor each other's time."""
    with LocalStepFunctions(project) as one, LocalStepFunctions(project) as other:
        start(one, timedelta(days=1), "anything")
        one.skip(timedelta(days=30))
        assert one.now - other.now > timedelta(days=29)
        arn = other.state_machine_arns["Reminders"]
        assert other.client.list_executions(stateMachineArn=arn)["executions"] == []


def test_records_and_time_can_be_kept(tmp_path: Path) -> None:
    """A data directory keeps them across a restart."""
    with LocalStepFunctions(data_dir=tmp_path / "records") as local:
        local.client.create_state_machine(name="machine", definition=WAIT_AND_PASS, roleArn=ROLE)
        before = local.skip(timedelta(days=30)).now
    with LocalStepFunctions(data_dir=tmp_path / "records") as local:
        assert local.client.list_state_machines()["stateMachines"][0]["name"] == "machine"
        assert local.now >= before


def test_a_project_without_a_build_is_refused(tmp_path: Path) -> None:
    """The message says to run `sam build`."""
    with pytest.raises(TemplateError, match="run `sam build`"), LocalStepFunctions(tmp_path):
        pass


def test_a_project_with_a_lambda_endpoint_is_refused(project: Path) -> None:
    """The project has its own functions, so the endpoint would never be called."""
    with pytest.raises(ValueError, match="leave lambda_endpoint out"):
        LocalStepFunctions(project, lambda_endpoint="http://127.0.0.1:9")


def test_use_outside_of_the_context_raises() -> None:
    """The message shows the `with` statement."""
    with pytest.raises(RuntimeError, match="with LocalStepFunctions"):
        LocalStepFunctions().skip(timedelta(days=1))
