"""No state takes or gives more than 256 KiB."""

from typing import Any

import pytest

from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.harness import Harness

ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"
TOO_LARGE = "{% $pad('', 262143) %}"
"""With its quotes it has one byte more than allowed."""
HALF = "{% $pad('', 140000) %}"


def passing(name: str) -> dict[str, Any]:
    """Something to be done in a branch."""
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
        "Branches": [passing("P")],
        "Next": "Y",
    },
    "a Parallel's result": {
        "Type": "Parallel",
        "Arguments": HALF,
        "Branches": [passing("P"), passing("Q")],
        "Next": "Y",
    },
    "an item": {"Type": "Map", "Items": [TOO_LARGE], "ItemProcessor": passing("P"), "Next": "Y"},
    "ItemSelector": {
        "Type": "Map",
        "Items": [1],
        "ItemSelector": TOO_LARGE,
        "ItemProcessor": passing("P"),
        "Next": "Y",
    },
    "a Map's result": {
        "Type": "Map",
        "Items": [1, 2],
        "ItemSelector": HALF,
        "ItemProcessor": passing("P"),
        "Next": "Y",
    },
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
async def test_what_is_too_large_fails(state: dict[str, Any], harness: Harness) -> None:
    """With the error and the words of AWS."""
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
async def test_what_is_too_large_for_work_is_caught(name: str, harness: Harness) -> None:
    """By the name of the error, as recorded on AWS."""
    catcher = {"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Y"}
    states = {"X": {**STATES[name], "Catch": [catcher]}, "Y": {"Type": "Succeed"}}
    execution = await harness.run(states, QueryLanguage="JSONata")
    await harness.settle()
    assert harness.now(execution).status is Status.SUCCEEDED


async def test_what_just_fits_goes_on(harness: Harness) -> None:
    """262,144 bytes with its quotes."""
    states = {"X": {"Type": "Pass", "Output": "{% $pad('', 262142) %}", "End": True}}
    execution = await harness.run(states, QueryLanguage="JSONata")
    assert harness.now(execution).status is Status.SUCCEEDED
