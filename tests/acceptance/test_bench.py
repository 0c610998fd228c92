"""`python -m bench --quick`: the measurements themselves work; their figures are for a machine at rest."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import PATIENCE_SECONDS, REPOSITORY

pytestmark = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed: apt-get install wrk")

_WORKS = {"start", "memory", "spread", "same-second", "million", "warm-call"}


def bench(work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command at small size; a folder under pytest's own may be in memory."""
    return subprocess.run(  # noqa: S603 - a command under test, and no shell
        [sys.executable, "-m", "bench", "--quick", "--work", str(work), *options],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        timeout=3 * PATIENCE_SECONDS,
        check=False,
    )


def test_every_work_is_measured_and_nothing_is_left_behind() -> None:
    """A quick run has a figure of our endpoint for every row, journaled on a disk, and judges none."""
    work = REPOSITORY / ".bench"
    ended = bench(work, "--json")
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)["rows"]
    assert {row["key"] for row in rows} == _WORKS
    assert [row["work"] for row in rows if not row["ours"]["value"]] == []
    assert {row["reached"] for row in rows} == {None}
    assert list(work.glob("run-*")) == []


def test_one_work_can_be_chosen() -> None:
    """`--only` measures one work, and the table says how."""
    ended = bench(REPOSITORY / ".bench", "--only", "spread")
    assert ended.returncode == 0, ended.stderr
    assert "| 20 waiting, spread over 1 s: lateness p50, p99 |" in ended.stdout
    assert "synchronous=FULL" in ended.stdout


def test_a_folder_in_memory_is_refused() -> None:
    """Where a commit costs nothing, nothing is measured."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - named because it is in memory
    if not shared_memory.is_dir():
        pytest.skip("this machine has no /dev/shm")
    work = shared_memory / "delay-bench-test"
    ended = bench(work)
    work.rmdir()
    assert ended.returncode == 1
    assert "name a folder on a disk with --work" in ended.stderr
