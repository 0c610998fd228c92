"""Inputs and outputs of states are limited to 256 KiB."""

from typing import Any

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.harness import Harness

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
TOO_LARGE = "{% $pad('', 262143) %}"
"""With its quotes it has one byte more than allowed."""
HALF = "{% $pad('', 140000) %}"


def build_pass_branch(name: str) -> dict[str, Any]:
    """Return a branch of one Pass state."""
    return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}


RULE = {"Condition": True, "Next": "Y", "Output": TOO_LARGE}
STATES: dict[str, dict[str, Any]] = {
    "a Pass's Output": {"Type": "Pass", "Output": TOO_LARGE, "Next": "Y"},
    "a Wait's Output": {"Type": "Wait", "Seconds": 0, "Output": TOO_LARGE, "Next": "Y"},
    "a rule's Output": {"Type": "Choice", "Choices": [RULE]},
    "Assign": {"Type": "Pass", "Assign": {"x": HALF, "y": HALF}, "Next": "Y"},
    "Arguments": {"Type": "Task", "Resource": ARN, "Arguments": TOO_LARGE, "Next": "Y"},
    "a Parallel's Arguments": {
        "Type": "Parallel",
        "Arguments": TOO_LARGE,
        "Branches": [build_pass_branch("P")],
        "Next": "Y",
    },
    "a Parallel's result": {
        "Type": "Parallel",
        "Arguments": HALF,
        "Branches": [build_pass_branch("P"), build_pass_branch("Q")],
        "Next": "Y",
    },
    "an item": {"Type": "Map", "Items": [TOO_LARGE], "ItemProcessor": build_pass_branch("P"), "Next": "Y"},
    "ItemSelector": {
        "Type": "Map",
        "Items": [1],
        "ItemSelector": TOO_LARGE,
        "ItemProcessor": build_pass_branch("P"),
        "Next": "Y",
    },
    "a Map's result": {
        "Type": "Map",
        "Items": [1, 2],
        "ItemSelector": HALF,
        "ItemProcessor": build_pass_branch("P"),
        "Next": "Y",
    },
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
async def test_oversized_data_fails_the_execution(state: dict[str, Any], harness: Harness) -> None:
    """Error and cause are those of AWS."""
    reached = {"Y": {"Type": "Succeed"}}
    execution = await harness.run({"X": state, **reached}, QueryLanguage="JSONata")
    await harness.settle()
    ended = harness.now(execution)
    assert (ended.status, ended.error) == (Status.FAILED, "States.DataLimitExceeded")
    assert ended.cause == (
        "The state/task 'X' returned a result with a size exceeding the maximum number of bytes service "
        "limit."
    )


@pytest.mark.parametrize("name", ["Arguments", "a Parallel's result", "an item", "ItemSelector"])
async def test_oversized_data_of_a_working_state_is_caught(name: str, harness: Harness) -> None:
    """The catcher matches the name of the error, as recorded on AWS."""
    catcher = {"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Y"}
    states = {"X": {**STATES[name], "Catch": [catcher]}, "Y": {"Type": "Succeed"}}
    execution = await harness.run(states, QueryLanguage="JSONata")
    await harness.settle()
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_data_at_the_limit_is_accepted(harness: Harness) -> None:
    """With its quotes the text has 262,144 bytes."""
    states = {"X": {"Type": "Pass", "Output": "{% $pad('', 262142) %}", "End": True}}
    execution = await harness.run(states, QueryLanguage="JSONata")
    assert harness.now(execution).status is Status.SUCCEEDED
