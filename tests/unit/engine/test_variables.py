"""Variables in the records and the history of an execution."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution import document, variables
from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.disk import running
from tests.unit.engine.harness import NOW, Harness

KEPT: dict[str, Any] = {
    "Keep": {"Type": "Pass", "Assign": {"kept.$": "$.a", "n": 1}, "Next": "Wait"},
    "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Tell"},
    "Tell": {"Type": "Pass", "Parameters": {"told.$": "$kept", "n.$": "$n"}, "End": True},
}


async def test_variables_live_until_the_end_of_the_execution(harness: Harness) -> None:
    """States that do not use them keep them."""
    execution = await harness.run(KEPT, {"a": [1]})
    await harness.skip(60)
    assert json.loads(harness.now(execution).output or "") == {"told": [1], "n": 1}


async def test_history_has_the_assigned_variables(harness: Harness) -> None:
    """They are JSON texts in the exit event of the assigning state."""
    execution = await harness.run(KEPT, {"a": [1]})
    details = harness.history(execution)[2]["stateExitedEventDetails"]
    assert details == {
        "name": "Keep",
        "output": '{"a": [1]}',
        "outputDetails": {"truncated": False},
        "assignedVariables": {"kept": "[1]", "n": "1"},
        "assignedVariablesDetails": {"truncated": False},
    }


async def test_variables_survive_a_crash(tmp_path: Path) -> None:
    """They are part of the state of an execution."""
    clock = ManualClock(NOW)
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(KEPT, {"a": "x"})
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(60)
        assert json.loads(harness.now(execution).output or "") == {"told": "x", "n": 1}


@pytest.mark.parametrize("times", [1, 50])
async def test_variables_over_the_limit_fail_the_execution(
    times: int, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are 256 KiB for an Assign, and 10 MiB for an execution; here a hundredth."""
    assert (document.MAX_BYTES, variables.MAX_STORED_BYTES) == (256 * 1024, 10 * 1024 * 1024)
    monkeypatch.setattr(variables, "MAX_BYTES", 2_560)
    monkeypatch.setattr(variables, "MAX_STORED_BYTES", 102_400)
    text = "x" * (2_570 if times == 1 else 2_540)
    states = {f"S{n}": {"Type": "Pass", "Assign": {f"v{n}": text}, "Next": f"S{n + 1}"} for n in range(times)}
    execution = await harness.run({**states, f"S{times}": {"Type": "Succeed"}})
    await harness.settle()
    ended = harness.now(execution)
    assert (ended.status, ended.error) == (Status.FAILED, "States.DataLimitExceeded")
    assert harness.types(execution)[-2:] == ["PassStateEntered", "ExecutionFailed"]
    assert harness.types(execution).count("PassStateExited") == (0 if times == 1 else 40)
