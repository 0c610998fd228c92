"""The folder that a process keeps its records in, and that is its alone while it runs."""

import fcntl
import os
from pathlib import Path
from typing import IO, Self

from stepfunctions_local.errors import SettingError

DEFAULT = Path(".stepfunctions-local")


class DataDirectory:
    """A folder, made where it is missing and locked as long as the context lasts.

    The lock is the operating system's: it goes with the process, however that ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def journal(self) -> Path:
        """The database inside."""
        return self.path / "journal.sqlite"

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            SettingError: it cannot be made or written, or another process has it.

        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / "lock").open("a+", encoding="utf-8")
            self._take(self._lock)
        except OSError as error:
            raise SettingError(
                f"Cannot keep records in {self.path} ({error.strerror}): choose another folder with "
                "--data-dir, or keep none with --in-memory."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go."""
        if self._lock:
            self._lock.close()

    def _take(self, lock: IO[str]) -> None:
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
