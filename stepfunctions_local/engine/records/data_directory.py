"""The folder of a process's records: private to its owner, used by one process at a time, and watched.

The operating system holds the lock, on the folder itself: removing files does not release it, and the end of
the process does, however that comes.

Only the owner can write into the folder, so no one else can replace a file between a check and its use.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from stepfunctions_local.engine.records.log_files import LOGS, LogFiles
from stepfunctions_local.errors import JournalStopped, SettingError

DEFAULT = Path(".stepfunctions-local")

_DATABASE: Final = "journal.sqlite"
_LOCK: Final = "lock"
_GITIGNORE: Final = ".gitignore"
_DATABASE_FILES: Final = (_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm")
_FILES: Final = (*_DATABASE_FILES, _LOCK, _GITIGNORE)
_OWN: Final = {*_FILES, LOGS}

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = 0o022

_LONGEST_OWNER: Final = 100
"""The most bytes of the lock file that are read: another process may have written it."""

_ELSEWHERE = "choose another folder with --data-dir"


def require_free(path: Path) -> None:
    """Require that no other process uses a folder. One that is missing stays missing.

    Raises:
        SettingError: it is in use, or cannot be used.

    """
    if path.exists():
        with DataDirectory(path):
            pass


class DataDirectory:
    """A folder that is created if it is missing, and locked within the context."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = -1
        self._identities: dict[str, tuple[int, int]] = {}

    @property
    def journal(self) -> Path:
        """The path of the database."""
        return self.path / _DATABASE

    @property
    def log_files(self) -> LogFiles:
        """The files of the log of executions. They are for use within the context."""
        return LogFiles(self.path, self._folder)

    def __enter__(self) -> Self:
        """Create and lock the folder. Files that are there already stay as they are.

        Raises:
            SettingError: it cannot be created or written, another process uses it, it or a file in it is a
                symbolic link or another user's, or others can write into it.

        """
        try:
            with self._report_errors():
                self._open()
        except SettingError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Release the folder."""
        self._close()

    def make_private(self) -> None:
        """Create the database's file, and let only the owner read and write what is there.

        SQLite gives its other files the mode of the database. A folder that holds files of others as well,
        such as a project's, keeps its mode, and gets no `.gitignore`.

        Raises:
            SettingError: the disk is full, for example.

        """
        with self._report_errors():
            if not self._has_other_files():
                os.fchmod(self._folder, _PRIVATE_FOLDER)
                self._write(_GITIGNORE, b"*\n")
            os.close(self._open_file(_DATABASE, os.O_RDWR | os.O_CREAT))
            for name in _FILES:
                self._narrow(name)

    def watch(self) -> None:
        """Remember the folder and the open database's files, for `require_unchanged`."""
        paths = [self.path, *(self.path / name for name in _DATABASE_FILES)]
        self._identities = {str(path): _identify(str(path)) for path in paths if path.exists()}

    def require_unchanged(self) -> None:
        """Require that the paths still lead to the folder and the files that are open.

        Raises:
            JournalStopped: they were removed, moved or replaced, so that commits reach no file with a name.

        """
        for path, identity in self._identities.items():
            try:
                is_same = _identify(path) == identity
            except OSError:
                raise _stopped(path, "removed or moved") from None
            if not is_same:
                raise _stopped(path, "replaced")

    @contextmanager
    def _report_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingError(
                f"Cannot keep records in {self.path} ({error.strerror}): {_ELSEWHERE}, or keep none with "
                "--in-memory."
            ) from error

    def _open(self) -> None:
        if self.path.is_symlink():
            raise SettingError(
                f"{self.path} is a symbolic link: name the folder that it leads to with --data-dir."
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # it is there already
            self.path.mkdir(_PRIVATE_FOLDER)
        self._folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        self._acquire()
        self._require_owner(os.fstat(self._folder), self.path)
        self._require_unshared()
        for name in _FILES:
            self._require_own_file(name)
        self._write(_LOCK, f"process {os.getpid()}".encode())

    def _close(self) -> None:
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _acquire(self) -> None:
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingError(
                f"{self.path} is in use by another process ({self._read_owner()}): stop it, or {_ELSEWHERE}."
            ) from error

    def _read_owner(self) -> str:
        """Return the name that the process with the lock has written."""
        try:
            file = self._open_file(_LOCK, os.O_RDONLY)
        except (OSError, SettingError):
            return "unknown"
        try:
            return os.read(file, _LONGEST_OWNER).decode(errors="replace").strip() or "unknown"
        finally:
            os.close(file)

    def _require_unshared(self) -> None:
        """Require that no other user can replace the files. A folder of ours alone is made private later."""
        is_shared = os.fstat(self._folder).st_mode & _OTHERS_WRITE
        if is_shared and self._has_other_files():
            raise SettingError(
                f"Other users can write into {self.path}, which holds other files too: {_ELSEWHERE}, or take "
                f"that right away with `chmod go-w {self.path}`."
            )

    def _has_other_files(self) -> bool:
        names = os.listdir(self._folder)  # noqa: PTH208 - of the locked folder, whatever has its path
        return not set(names) <= _OWN

    def _require_own_file(self, name: str) -> None:
        with suppress(FileNotFoundError):  # it is yet to be made
            os.close(self._open_file(name, os.O_RDONLY))

    def _write(self, name: str, content: bytes) -> None:
        file = self._open_file(name, os.O_RDWR | os.O_CREAT)
        try:
            os.ftruncate(file, 0)
            os.write(file, content)
        finally:
            os.close(file)

    def _narrow(self, name: str) -> None:
        with suppress(FileNotFoundError):  # likewise
            file = self._open_file(name, os.O_RDONLY)
            try:
                if os.fstat(file).st_mode & _OTHERS:
                    os.fchmod(file, _PRIVATE_FILE)
            finally:
                os.close(file)

    def _open_file(self, name: str, flags: int) -> int:
        """Open a file of the folder, and no symbolic link.

        Raises:
            OSError: it cannot be opened.
            SettingError: it is a symbolic link, no regular file, or another user's.

        """
        path = self.path / name
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe is refused below; opening it must not wait
        try:
            file = os.open(name, flags, _PRIVATE_FILE, dir_fd=self._folder)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise SettingError(f"{path} is a symbolic link: remove it, or {_ELSEWHERE}.") from error
            raise
        try:
            self._require_regular(os.fstat(file), path)
        except SettingError:
            os.close(file)
            raise
        return file

    def _require_regular(self, found: os.stat_result, path: Path) -> None:
        self._require_owner(found, path)
        if not stat.S_ISREG(found.st_mode):
            raise SettingError(f"{path} is no regular file: remove it, or {_ELSEWHERE}.")

    def _require_owner(self, found: os.stat_result, path: Path) -> None:
        """Require that the user owns a file. Root may use anyone's: a container's mounted folder is one."""
        if os.geteuid() not in (0, found.st_uid):
            raise SettingError(f"{path} belongs to another user: {_ELSEWHERE}.")


def _identify(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _stopped(path: str, happened: str) -> JournalStopped:
    return JournalStopped(
        f"{path} was {happened} while this endpoint used it, so nothing more can be kept there. Put it back, "
        "or start afresh, and start the endpoint again."
    )
