"""The folder of a process's records. No other process can use it at the same time."""

import fcntl
import os
from pathlib import Path
from typing import IO, Self

from stepfunctions_local.errors import SettingError

DEFAULT = Path(".stepfunctions-local")


class DataDirectory:
    """A folder that is created if it is missing, and locked within the context.

    The operating system holds the lock, and releases it however the process ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def journal(self) -> Path:
        """The path of the database."""
        return self.path / "journal.sqlite"

    def __enter__(self) -> Self:
        """Create and lock the folder.

        Raises:
            SettingError: it cannot be created or written, or another process uses it.

        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / "lock").open("a+", encoding="utf-8")
            self._acquire(self._lock)
        except OSError as error:
            raise SettingError(
                f"Cannot keep records in {self.path} ({error.strerror}): choose another folder with "
                "--data-dir, or keep none with --in-memory."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Release the folder."""
        if self._lock:
            self._lock.close()

    def _acquire(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise SettingError(
                f"{self.path} is in use by another process ({owner}): stop it, or choose another folder with "
                "--data-dir."
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}")
        lock.flush()
