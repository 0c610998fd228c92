"""The folder that one run writes to: its alone, and empty at first."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verification.errors import FolderTaken


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """Empty a folder, and keep it as long as the context lasts. What is written there stays.

    Raises:
        FolderTaken: another run has it.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderTaken(
                f"Another run writes to {folder}: wait for its end, or name another folder with --folder."
            ) from error
        run = folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        yield run.resolve()
