"""Waiting tasks move to the code of a later release, on a local endpoint with versions and an alias."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from delay import Delay, InvalidDueTime, InvalidRequest, Request, Status
from stepfunctions_local.testing import EndpointClock, LocalStepFunctions
from tests.contract.states.machines import ROLE

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

WEEK = timedelta(days=7)
PATIENCE = timedelta(minutes=5)
"""How much later a moved task may be due on a busy computer, since its clock is read before the start."""


def define(release: str) -> str:
    """Return a definition that waits, and then says of which release it is."""
    done = {"Type": "Pass", "Result": release, "End": True}
    wait = {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Done"}
    return json.dumps({"StartAt": "Wait", "States": {"Wait": wait, "Done": done}})


@dataclass
class Stack:
    """A state machine with an alias, as template.yaml has it."""

    sfn: "SFNClient"
    machine_arn: str
    alias_arn: str

    def release(self, name: str, *, share: int = 100) -> str:
        """Publish a definition, start a share of the tasks on it, and return the ARN of its version."""
        before = self.sfn.describe_state_machine_alias(stateMachineAliasArn=self.alias_arn)
        present = before["routingConfiguration"][0]["stateMachineVersionArn"]
        self.sfn.update_state_machine(stateMachineArn=self.machine_arn, definition=define(name))
        version = self.sfn.publish_state_machine_version(stateMachineArn=self.machine_arn)
        arn = version["stateMachineVersionArn"]
        routes = [
            {"stateMachineVersionArn": each, "weight": weight}
            for each, weight in ((present, 100 - share), (arn, share))
            if weight
        ]
        self.sfn.update_state_machine_alias(stateMachineAliasArn=self.alias_arn, routingConfiguration=routes)  # type: ignore[arg-type]
        return arn


@pytest.fixture
def local() -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions() as local:
        yield local


@pytest.fixture
def stack(local: LocalStepFunctions) -> Stack:
    sfn = local.client
    arn = sfn.create_state_machine(name="orders", definition=define("first"), roleArn=ROLE)["stateMachineArn"]
    version = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)  # type: ignore[arg-type]
    return Stack(sfn, arn, alias["stateMachineAliasArn"])


@pytest.fixture
def delay(local: LocalStepFunctions, stack: Stack) -> Delay:
    return Delay(stack.alias_arn, local.client, clock=EndpointClock(local))


def outputs(delay: Delay) -> dict[str, object]:
    return {task.key: task.output for task in delay.list(Status.SUCCEEDED, due=True)}


def test_waiting_tasks_meet_the_code_of_a_later_release(
    local: LocalStepFunctions, stack: Stack, delay: Delay
) -> None:
    """Keys, payloads and due times stay; tasks of another prefix meet the code they were scheduled with."""
    for key in ("order-1", "order-2", "other"):
        delay.schedule({"n": key}, after=WEEK, key=key)
    before = {task.key: (task.due, task.payload) for task in delay.list(due=True)}
    stack.release("second")
    assert [change.error for change in delay.reschedule_many(prefix="order-", to_version="live")] == [
        None,
        None,
    ]
    after = {task.key: (task.due, task.payload) for task in delay.list(due=True)}
    assert {key: payload for key, (_, payload) in after.items()} == {
        key: payload for key, (_, payload) in before.items()
    }
    for key, (due, _) in after.items():
        assert due is not None
        assert timedelta(0) <= due - (before[key][0] or due) < PATIENCE
    local.skip(WEEK + PATIENCE)
    assert outputs(delay) == {"order-1": "second", "order-2": "second", "other": "first"}


def test_move_can_be_repeated_and_taken_back(local: LocalStepFunctions, stack: Stack, delay: Delay) -> None:
    """A task on the version is left as it is. A version is named by its number."""
    delay.schedule({}, after=WEEK, key="order")
    stack.release("second")
    for _ in range(2):
        (change,) = delay.reschedule_many(prefix="order", to_version="live")
        assert (change.task or delay.get("order")).generation == 2
    (back,) = delay.reschedule_many(keys=["order"], to_version="1")
    assert back.task == delay.get("order")
    local.skip(WEEK + timedelta(seconds=3))
    assert outputs(delay) == {"order": "first"}


def test_gradual_release_has_no_version_to_move_to(stack: Stack, delay: Delay) -> None:
    """The number of one of its versions works."""
    delay.schedule({}, after=WEEK, key="order")
    version = stack.release("second", share=10)
    with pytest.raises(InvalidRequest, match="stands for 2 versions while a release is gradual"):
        next(delay.reschedule_many(prefix="order", to_version="live"))
    (change,) = delay.reschedule_many(prefix="order", to_version=version.rpartition(":")[2])
    assert change.error is None


def test_task_due_after_89_days_moves_under_another_key(
    local: LocalStepFunctions, stack: Stack, delay: Delay
) -> None:
    """As `delay export`, `delay import --rename` and `delay cancel` do: the new task first."""
    delay.schedule({"n": 1}, after=20 * WEEK, key="order-1")
    stack.release("second")
    (change,) = delay.reschedule_many(prefix="order-", to_version="live")
    assert isinstance(change.error, InvalidDueTime)
    exported = list(delay.list(Status.WAITING, prefix="order-"))
    requests = [
        Request(task.payload or {}, at=task.due, key=f"v2-{task.key}") for task in exported if task.due
    ]
    assert [result.error for result in delay.schedule_many(requests)] == [None]
    assert [change.error for change in delay.cancel_many(keys=exported)] == [None]
    local.skip(20 * WEEK + timedelta(seconds=1))
    assert outputs(delay) == {"v2-order-1": "second"}
