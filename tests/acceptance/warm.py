"""Starts commands written in Python without the second or two that each needs to import its libraries.

Each command is still its own process, with its own arguments, environment, folder and streams, and imports
this project's modules anew: see `warm_python`. With DELAY_TESTS_COLD=1 in the environment, each command
starts as it does for a person.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

_REPOSITORY = Path(__file__).parents[2]
_COLD = "DELAY_TESTS_COLD"
_COVERAGE = "COVERAGE_PROCESS_CONFIG"

_AT_THE_START = ("HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
"""Variables that Python reads when it starts; the others come with each command."""

_INHERITED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Signals that a command ignores if the process that started it does."""

_OURS = (
    "aiohttp.web",
    "awslambdaric",
    "boto3.session",
    "botocore.auth",
    "botocore.httpsession",
    "botocore.model",
    "click",
    "jsonata",
    "regex",
    "rich.console",
    "rich.live",
    "rich.progress",
    "rich.table",
    "yaml",
)
"""Libraries of our commands."""

_LIBRARIES = {
    "aws": ("awscli.clidriver", "awscli.handlers"),
    "delay": _OURS,
    "lambda-local": _OURS,
    "stepfunctions-local": _OURS,
}


@dataclass(slots=True)
class Warm:
    """A command in a process that is not our child, with the part of subprocess.Popen that tests need."""

    args: list[str]
    pid: int
    connection: socket.socket
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the command runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit code."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the command has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self.connection], [], [], timeout)[0]:
            self.returncode = int(self.connection.recv(32))
            self.connection.close()
        return self.returncode


Process: TypeAlias = "subprocess.Popen[bytes] | Warm"


def start(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    files: Sequence[int],
    session: bool = False,
) -> Process:
    """Start a command with its standard input, output and error: warm, if it is written in Python."""
    libraries = _LIBRARIES.get(Path(command[0]).name)
    if libraries and not os.environ.get(_COLD):
        coverage = environment.get(_COVERAGE, "") if libraries is _OURS else ""
        wanted = {
            "folder": str(folder),
            "environment": environment,
            "session": session,
            # The process may have been started by a test that ignored others.
            "ignored": {n.name: signal.getsignal(n) is signal.SIG_IGN for n in _INHERITED},
        }
        return _python(libraries, coverage).start(command, wanted, files)
    stdin, stdout, stderr = files
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=session,
    )


class _Python:
    """A Python process that forks each command."""

    def __init__(self, libraries: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the process. It ends with its last client."""
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.warm_python", *libraries],
            cwd=_REPOSITORY,
            env=environment,
            stdin=theirs.fileno(),
        )
        theirs.close()
        atexit.register(self._end)

    def start(self, command: Sequence[str], wanted: dict[str, object], files: Sequence[int]) -> Warm:
        """Fork a command with the settings in `wanted`."""
        message = json.dumps(wanted | {"command": command}).encode()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock, theirs:
            socket.send_fds(self._control, [message], [*files, theirs.fileno()])
        return Warm(list(command), int(ours.recv(32)), ours)

    def _end(self) -> None:
        self._control.close()
        self._process.wait()


@cache
def _python(libraries: Sequence[str], coverage: str) -> _Python:
    """Return the process for commands under coverage, or the one for others. Each starts at its first use."""
    environment = {name: os.environ[name] for name in _AT_THE_START if name in os.environ}
    return _Python(libraries, environment | {_COVERAGE: coverage})
