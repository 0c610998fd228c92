"""The folder of one run, which no other run uses; empty at the start."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verification.errors import FolderTaken

_MARK = "a-run-of-verification"
"""The file that marks a folder as ours; a folder without it is never emptied."""


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """Delete an earlier run's files from a folder, and lock it while the context lasts.

    The new files stay afterwards, readable only by their owner.

    Raises:
        FolderTaken: another run uses the folder, or it has files that no run has written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderTaken(
                f"Another run uses {folder}: wait for its end, or name another folder with --folder."
            ) from error
        yield _empty(folder / "run").resolve()


def _empty(run: Path) -> Path:
    if run.exists() and not (run / _MARK).exists():
        raise FolderTaken(f"{run} has other files in it: name another folder with --folder.")
    if run.exists():
        shutil.rmtree(run)
    run.mkdir(mode=0o700)
    (run / _MARK).touch()
    return run
