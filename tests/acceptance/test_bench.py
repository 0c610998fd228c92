"""`python -m bench --quick` measures every workload; its figures count only on an idle machine."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.measuring import WORKS, bench, folder_on_disk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt-get install wrk"),
]


@pytest.fixture(autouse=True)
def without_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn coverage off, because it would slow the measured code."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def work() -> Iterator[Path]:
    with folder_on_disk() as folder:
        yield folder


def test_quick_run_measures_every_workload_and_leaves_no_file(work: Path) -> None:
    """Each row has a figure of our endpoint with its journal on a disk, and no verdict."""
    ended = bench(work, "--json")
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)["rows"]
    assert {row["key"] for row in rows} == WORKS
    assert [row["work"] for row in rows if not row["ours"]["value"]] == []
    assert {row["reached"] for row in rows} == {None}
    assert list(work.iterdir()) == []


def test_only_option_measures_one_workload(work: Path) -> None:
    """The output names the journal's settings."""
    ended = bench(work, "--only", "spread")
    assert ended.returncode == 0, ended.stderr
    assert "| 20 waiting, spread over 1 s: lateness p50, p99 |" in ended.stdout
    assert "synchronous=FULL" in ended.stdout
