"""`python -m bench --quick --only memory`: the workload that takes the least time."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.acceptance.measuring import bench, folder_on_disk

pytestmark = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt-get install wrk")


@pytest.fixture(autouse=True)
def without_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure memory without coverage, which needs some itself."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def work() -> Iterator[Path]:
    with folder_on_disk() as folder:
        yield folder


def test_quick_run_measures_one_workload_and_leaves_no_file(work: Path) -> None:
    """Its row has a figure of our endpoint, and no verdict."""
    ended = bench(work, "--only", "memory", "--json")
    assert ended.returncode == 0, ended.stderr
    measured = json.loads(ended.stdout)
    (row,) = measured["rows"]
    assert (row["key"], row["reached"]) == ("memory", None)
    assert row["ours"]["value"]
    assert "fdatasync of 4 KiB takes" in measured["about"]
    assert list(work.iterdir()) == []


def test_folder_in_memory_is_refused() -> None:
    """A commit costs nothing there, so the figures would be wrong."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - named because it is in memory
    if not shared_memory.is_dir():
        pytest.skip("this computer has no /dev/shm")
    with TemporaryDirectory(dir=shared_memory) as folder:
        ended = bench(Path(folder))
    assert ended.returncode == 1
    assert "name a folder on a disk with --work" in ended.stderr
