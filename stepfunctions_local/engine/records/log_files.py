"""The files of the log of executions: the one that is written, and the one before it.

They are a convenience, not records. So a file is opened for each turn that is logged, and may be moved or
removed meanwhile.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOGS: Final = "logs"
"""The folder of the files, within the folder of the records."""

FILE: Final = "executions.log"
EARLIER: Final = "executions.log.1"

MOST_BYTES: Final = 8 * 1024 * 1024
"""The size of a file after which the next one is begun."""

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogFiles:
    """The log files in a folder, which is open as a descriptor. No symbolic link is followed."""

    path: Path
    descriptor: int

    def read(self) -> Iterator[str]:
        """Yield the last lines of both files, the oldest first. One that cannot be read is logged."""
        for name in (EARLIER, FILE):
            try:
                yield from self._read(name)
            except FileNotFoundError:  # nothing was logged so far
                continue
            except OSError as error:
                _LOG.warning(
                    "%s cannot be read (%s): its lines are not shown.", self.path / LOGS / name, error
                )

    def _read(self, name: str) -> list[str]:
        with self._open(name, os.O_RDONLY) as file:
            before_them = os.lseek(file, max(0, os.fstat(file).st_size - MOST_BYTES), os.SEEK_SET)
            lines = os.read(file, MOST_BYTES).decode(errors="replace").split("\n")
        return lines[bool(before_them) : -1]

    def append(self, text: str) -> None:
        """Append whole lines.

        Raises:
            OSError: the disk is full, for example.

        """
        with suppress(FileExistsError):  # it is there already
            os.mkdir(LOGS, _PRIVATE_FOLDER, dir_fd=self.descriptor)
        with self._open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as file:
            found = os.fstat(file)
            if found.st_mode & _OTHERS:
                os.fchmod(file, _PRIVATE_FILE)
            is_full = found.st_size + os.write(file, text.encode()) >= MOST_BYTES
        if is_full:
            self._begin_next()

    def _begin_next(self) -> None:
        with self._open_folder() as folder:
            os.rename(FILE, EARLIER, src_dir_fd=folder, dst_dir_fd=folder)

    @contextmanager
    def _open_folder(self) -> Iterator[int]:
        folder = os.open(LOGS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.descriptor)
        try:
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _open(self, name: str, flags: int) -> Iterator[int]:
        with self._open_folder() as folder:
            flags |= os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe is refused below; opening it must not wait
            file = os.open(name, flags, _PRIVATE_FILE, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(f"{self.path / LOGS / name} is no regular file")
            yield file
        finally:
            os.close(file)
