"""A Map Run with 10,000 items survives kills, in bounded memory."""

import sys
from pathlib import Path

import pytest

from tests.torture import map_runs

ITEMS = 10_000
MOST_KIB = 300 * 1024

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("unmeasured"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]


async def test_killed_run_processes_each_item_once(tmp_path: Path) -> None:
    """Results stand in the order of the items, and no child was started twice."""
    outcome = await map_runs.torture(tmp_path / "r", ITEMS, 5, 20261128)
    print(outcome.kills, outcome.longest_seconds, outcome.peak_kib)  # noqa: T201 - pytest shows it on failure
    assert outcome.results == [*range(ITEMS)]
    assert outcome.children == ITEMS
    assert outcome.peak_kib < MOST_KIB
