"""Runs `python -m bench --quick`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.acceptance.command import PATIENCE_SECONDS, REPOSITORY

WORKS = {"start", "memory", "spread", "same-second", "million", "warm-call", "fairness", "table"}


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """Yield a folder on a disk: pytest's own may be in memory, where a commit costs nothing."""
    (REPOSITORY / ".bench").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="test-", dir=REPOSITORY / ".bench") as folder:
        yield Path(folder)


def bench(work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark at small size."""
    return subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--work", str(work), *options],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        timeout=5 * PATIENCE_SECONDS,
        check=False,
    )
