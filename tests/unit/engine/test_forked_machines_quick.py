"""Four machines of nested states end with the right output at the right time, with or without a crash."""

import asyncio
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from tests.unit.engine.forked_machines import Both, CutShort, Each, Echo, Pause, Steps, Value
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_forked_machines import check, crash_after_each_commit, finish, run_engine, start

MACHINES = {
    "parallel": Steps([Both([Steps([Pause(2)]), Steps([Echo(), Value(1)])])]),
    "map": Steps([Each(Steps([Pause(1), Echo()]), items=[3, 1, 2], at_once=2)]),
    "cut short": Steps([CutShort(Steps([Pause(5)]), after_seconds=1), Echo()]),
    "map in parallel": Steps([Both([Steps([Each(Steps([Pause(1)]), [1, 2], 0)]), Steps([Pause(3)])])]),
}


@pytest.mark.parametrize("steps", MACHINES.values(), ids=MACHINES)
async def test_chosen_machine_ends_with_the_outputs_of_its_branches(steps: Steps) -> None:
    """It ends with its slowest branch."""
    async with run_engine(None, ManualClock(NOW)) as harness:
        check(harness, await finish(harness, await start(harness, steps)), steps)


def test_crash_after_any_commit_of_a_parallel_repeats_calls_alone(tmp_path: Path) -> None:
    """Output and time stay the same after every commit."""
    asyncio.run(crash_after_each_commit(tmp_path, MACHINES["parallel"]))
