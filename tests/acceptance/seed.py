"""The flow of commands that began this project, run through one client, with all answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.command import Running, running
from tests.acceptance.steps import Call, wait_for_end
from tests.contract.states.machines import PASS, ROLE, SEED, WAIT_AND_PASS

INPUT = '{"expirydate":11,"a":1233333}'
LONG = '{"expirydate":99999}'
PASSING_BY = '{"expirydate":20}'
"""The time that the AWS CLI has for one command: the deletion."""

SHORT_LIVED = {"name": "short-lived", "roleArn": ROLE}


@dataclass(frozen=True, slots=True)
class Flow:
    """The answer of each step. `waited` and `failed` describe ended executions."""

    created: dict[str, Any]
    waited: dict[str, Any]
    history: list[dict[str, Any]]
    failed: dict[str, Any]
    stopped: dict[str, Any]
    machines: list[dict[str, Any]]
    executions: list[dict[str, Any]]
    deletion: "Deletion"
    printed: str


@dataclass(frozen=True, slots=True)
class Deleting:
    """A state machine that was deleted while two of its executions waited."""

    machine: dict[str, Any]
    holding: str
    passing_by: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deleted state machine, one of its executions, and the reuse of its name."""

    machine: dict[str, Any]
    passed_by: dict[str, Any]
    created_again: dict[str, Any]


@contextmanager
def endpoints(folder: Path) -> Iterator[tuple[Running, Running]]:
    """Start the Lambda and the Step Functions endpoint as in the original flow, but on free ports."""
    with running("lambda-local", "--port", "0", folder=folder) as functions:
        options = ("--env-file", "env.txt", "--port", "0", "--lambda-endpoint", functions.urls[0])
        with running("stepfunctions-local", *options, folder=folder) as states:
            yield functions, states


def play(call: Call, watch: Call, states: Running) -> Flow:
    """Run all steps. Waiting executions start first, so that the other steps happen meanwhile.

    `watch` polls executions until they end, for which the CLI would be slow.
    """
    created = call("create_state_machine", name="test", definition=json.dumps(SEED), roleArn=ROLE)
    arn = created["stateMachineArn"]
    waiting = _start(call, arn, INPUT)
    deleting = _delete(call, watch)
    failing = _start(call, arn, '{"a":1}')
    stopping = _start(call, arn, LONG)
    call("stop_execution", executionArn=stopping, error="Seed", cause="enough")
    executions = call("list_executions", stateMachineArn=arn)["executions"]
    deletion = _use_name_again(call, watch, deleting)
    machines = call("list_state_machines")["stateMachines"]
    stopped, failed = wait_for_end(watch, stopping), wait_for_end(watch, failing)
    wait_for_end(watch, waiting)
    waited = call("describe_execution", executionArn=waiting)
    history = call("get_execution_history", executionArn=waiting)["events"]
    return Flow(created, waited, history, failed, stopped, machines, executions, deletion, states.err)


def _delete(call: Call, watch: Call) -> Deleting:
    arn = call("create_state_machine", definition=WAIT_AND_PASS, **SHORT_LIVED)["stateMachineArn"]
    holding = _start(watch, arn, LONG)
    passing_by = _start(watch, arn, PASSING_BY)
    call("delete_state_machine", stateMachineArn=arn)
    machine = watch("describe_state_machine", stateMachineArn=arn)
    return Deleting(machine, holding, passing_by)


def _use_name_again(call: Call, watch: Call, deleting: Deleting) -> Deletion:
    passed_by = wait_for_end(watch, deleting.passing_by)
    watch("stop_execution", executionArn=deleting.holding)
    created_again = call("create_state_machine", definition=PASS, **SHORT_LIVED)
    return Deletion(deleting.machine, passed_by, created_again)


def _start(call: Call, arn: str, text: str) -> str:
    execution_arn: str = call("start_execution", stateMachineArn=arn, input=text)["executionArn"]
    return execution_arn
