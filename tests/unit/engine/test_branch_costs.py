"""What branches cost: each the same, however many there are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.execution.execution import Status
from tests.unit.engine.disk import DiskHarness, running
from tests.unit.engine.harness import NOW
from tests.unit.engine.test_branches import each, wait, with_fields

STEPS = 10
"""So many of SQLite's instructions are counted as one step."""


def count(harness: DiskHarness) -> Callable[[], tuple[int, int]]:
    """Count from now on what SQLite does to read and to write, in steps."""
    reads, writes = [0], [0]

    def counting(steps: list[int]) -> Callable[[], None]:
        def step() -> None:
            steps[0] += 1

        return step

    records = harness.records
    records.store._database.set_progress_handler(counting(reads), STEPS)  # noqa: SLF001 - nothing else shows it
    records.journal._writer._database.set_progress_handler(counting(writes), STEPS)  # type: ignore[attr-defined]  # noqa: SLF001
    return lambda: (reads[0], writes[0])


async def steps(folder: Path, items: int, at_once: int) -> tuple[int, int]:
    """Run a Map over so many items that wait, one second and another; return what SQLite did for it."""
    states = with_fields(each(Wait=wait(1, Next="Again"), Again=wait(1)), MaxConcurrency=at_once)
    async with running(folder, ManualClock(NOW)) as harness:
        counted = count(harness)
        execution = await harness.run(states, ["x" * 100] * items)
        while not harness.now(execution).stopped:
            await harness.skip(1)
        assert harness.now(execution).status is Status.SUCCEEDED
        return counted()


@pytest.mark.parametrize(("at_once", "items"), [(0, 150), (1, 15)])
async def test_an_item_costs_the_same_among_many_as_among_few(
    tmp_path: Path, at_once: int, items: int
) -> None:
    """Four times as many are less than five times the work: nothing grows with the number of siblings."""
    few = await steps(tmp_path / "few", items, at_once)
    many = await steps(tmp_path / "many", 4 * items, at_once)
    for among_few, among_many in zip(few, many, strict=True):
        assert among_few < among_many < 5 * among_few
