"""`python -m bench --quick`: the measurements themselves work; their figures are for a machine at rest."""

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
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure one thing at a time: time, and not which lines are run."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def work() -> Iterator[Path]:
    """Give a folder on a disk: pytest's own may be in memory, where nothing is measured."""
    (REPOSITORY / ".bench").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="test-", dir=REPOSITORY / ".bench") as folder:
        yield Path(folder)


def bench(work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command at small size."""
    return subprocess.run(  # noqa: S603 - a command under test, and no shell
        [sys.executable, "-m", "bench", "--quick", "--work", str(work), *options],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        timeout=3 * PATIENCE_SECONDS,
        check=False,
    )


def test_every_work_is_measured_and_nothing_is_left_behind(work: Path) -> None:
    """A quick run has a figure of our endpoint for every row, journaled on a disk, and judges none."""
    ended = bench(work, "--json")
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)["rows"]
    assert {row["key"] for row in rows} == _WORKS
    assert [row["work"] for row in rows if not row["ours"]["value"]] == []
    assert {row["reached"] for row in rows} == {None}
    assert list(work.iterdir()) == []


def test_one_work_can_be_chosen(work: Path) -> None:
    """`--only` measures one work, and the table says how."""
    ended = bench(work, "--only", "spread")
    assert ended.returncode == 0, ended.stderr
    assert "| 20 waiting, spread over 1 s: lateness p50, p99 |" in ended.stdout
    assert "synchronous=FULL" in ended.stdout


def test_a_folder_in_memory_is_refused() -> None:
    """Where a commit costs nothing, nothing is measured."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - named because it is in memory
    if not shared_memory.is_dir():
        pytest.skip("this machine has no /dev/shm")
    with TemporaryDirectory(dir=shared_memory) as folder:
        ended = bench(Path(folder))
    assert ended.returncode == 1
    assert "name a folder on a disk with --work" in ended.stderr
