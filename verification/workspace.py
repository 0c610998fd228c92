"""The folder that one run writes to: its alone, and empty at first."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verification.errors import FolderTaken

_MARK = "a-run-of-verification"
"""Stands in each folder that was made here, so that no other is ever emptied."""


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """Empty what an earlier run has left in a folder, and keep it as long as the context lasts.

    What is written there stays, and only its owner can read it.

    Raises:
        FolderTaken: another run has it, or something that no run has written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderTaken(
                f"Another run writes to {folder}: wait for its end, or name another folder with --folder."
            ) from error
        yield _emptied(folder / "run").resolve()


def _emptied(run: Path) -> Path:
    if run.exists() and not (run / _MARK).exists():
        raise FolderTaken(f"{run} has something else in it: name another folder with --folder.")
    if run.exists():
        shutil.rmtree(run)
    run.mkdir(mode=0o700)
    (run / _MARK).touch()
    return run
