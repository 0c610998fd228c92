"""The quick sibling of test_map_runs.py: an endpoint in this process, which is left and entered again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.testing import LocalStepFunctions
from tests.contract.integrations.machines import create, start, wait_for_end, wait_until

ITEMS = [*range(120)]
MAP: dict[str, Any] = {
    "Type": "Map",
    "MaxConcurrency": 40,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Wait",
        "States": {"Wait": {"Type": "Wait", "Seconds": 3_600, "End": True}},
    },
    "End": True,
}


@pytest.mark.parametrize("hours", [0, 1, 2])
def test_killed_run_processes_each_item_once(hours: int, tmp_path: Path) -> None:
    """Results stand in the order of the items, and no child was started twice."""
    with LocalStepFunctions(data_dir=tmp_path) as local:
        execution = start(local, create(local, "map", Map=MAP), ITEMS)
        wait_until(lambda: bool(local.client.list_map_runs(executionArn=execution)["mapRuns"]))
        for _ in range(hours):
            local.skip(timedelta(hours=1))
    with LocalStepFunctions(data_dir=tmp_path) as local:
        local.skip(timedelta(hours=4))
        assert json.loads(wait_for_end(local, execution)["output"]) == ITEMS
        run = local.client.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
        counts = local.client.describe_map_run(mapRunArn=run)["executionCounts"]
        assert (counts["succeeded"], counts["total"]) == (120, 120)
