"""Costs of branches do not depend on their number."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.disk import DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_branches import each, wait, with_fields

STEPS = 10
"""Instructions of SQLite that count as one step."""


def count_steps(harness: DiskHarness) -> Callable[[], tuple[int, int]]:
    """Count SQLite's steps of reading and writing from now on."""
    reads, writes = [0], [0]

    def build_counter(steps: list[int]) -> Callable[[], None]:
        def step() -> None:
            steps[0] += 1

        return step

    records = harness.records
    records.store._database.set_progress_handler(build_counter(reads), STEPS)  # noqa: SLF001 - nothing else shows it
    records.journal._writer._database.set_progress_handler(build_counter(writes), STEPS)  # type: ignore[attr-defined]  # noqa: SLF001
    return lambda: (reads[0], writes[0])


async def measure_steps(folder: Path, items: int, at_once: int) -> tuple[int, int]:
    """Run a Map over waiting items; return SQLite's steps of reading and writing."""
    states = with_fields(each(Wait=wait(1, Next="Again"), Again=wait(1)), MaxConcurrency=at_once)
    async with running(folder, ManualClock(NOW)) as harness:
        counted = count_steps(harness)
        execution = await harness.run(states, ["x" * 100] * items)
        while not harness.now(execution).stopped:
            await harness.skip(1)
        assert harness.now(execution).status is Status.SUCCEEDED
        return counted()


@pytest.mark.parametrize(("at_once", "items"), [(0, 150), (1, 15)])
async def test_cost_of_an_item_does_not_depend_on_their_number(
    tmp_path: Path, at_once: int, items: int
) -> None:
    """Four times the items take less than five times the work."""
    few = await measure_steps(tmp_path / "few", items, at_once)
    many = await measure_steps(tmp_path / "many", 4 * items, at_once)
    for among_few, among_many in zip(few, many, strict=True):
        assert among_few < among_many < 5 * among_few
