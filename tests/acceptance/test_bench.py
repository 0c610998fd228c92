"""`python -m bench --quick` measures every workload; its figures count only on an idle machine."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.acceptance.command import PATIENCE_SECONDS, REPOSITORY

pytestmark = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt-get install wrk")

_WORKS = {"start", "memory", "spread", "same-second", "million", "warm-call"}


@pytest.fixture(autouse=True)
def without_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn coverage off, because it would slow the measured code."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def work() -> Iterator[Path]:
    """Return a folder on a disk: pytest's own may be in memory, where a commit costs nothing."""
    (REPOSITORY / ".bench").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="test-", dir=REPOSITORY / ".bench") as folder:
        yield Path(folder)


def bench(work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark at small size."""
    return subprocess.run(  # noqa: S603 - a command under test, and no shell
        [sys.executable, "-m", "bench", "--quick", "--work", str(work), *options],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        timeout=3 * PATIENCE_SECONDS,
        check=False,
    )


def test_quick_run_measures_every_workload_and_leaves_no_file(work: Path) -> None:
    """Each row has a figure of our endpoint with its journal on a disk, and no verdict."""
    ended = bench(work, "--json")
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)["rows"]
    assert {row["key"] for row in rows} == _WORKS
    assert [row["work"] for row in rows if not row["ours"]["value"]] == []
    assert {row["reached"] for row in rows} == {None}
    assert list(work.iterdir()) == []


def test_only_option_measures_one_workload(work: Path) -> None:
    """The output names the journal's settings."""
    ended = bench(work, "--only", "spread")
    assert ended.returncode == 0, ended.stderr
    assert "| 20 waiting, spread over 1 s: lateness p50, p99 |" in ended.stdout
    assert "synchronous=FULL" in ended.stdout


def test_folder_in_memory_is_refused() -> None:
    """A commit costs nothing there, so the figures would be wrong."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - named because it is in memory
    if not shared_memory.is_dir():
        pytest.skip("this machine has no /dev/shm")
    with TemporaryDirectory(dir=shared_memory) as folder:
        ended = bench(Path(folder))
    assert ended.returncode == 1
    assert "name a folder on a disk with --work" in ended.stderr
