"""One worker process, under its supervisor: its output, its end, its memory."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stepfunctions_local.lambdas import supervisor

CHUNK_BYTES = 65_536
CHUNKS_AT_ONCE = 32
PATIENCE_SECONDS = 30
"""How long a supervisor has to end what its worker started: on a busy computer it may have to wait itself."""
SUPERVISOR = str(Path(supervisor.__file__).resolve())


class WorkerProcess:
    """A command and all the processes that it starts, until it ends or is killed.

    `ended` resolves to the worker's exit code, or to the negated number of the signal that killed it;
    `on_end` is called with it.
    `on_output`, once set, is called with what the worker writes to standard output and standard error.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        on_end: Callable[[int], None],
    ) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ended.add_done_callback(lambda ended: on_end(ended.result()))
        self.on_output: Callable[[bytes], None] = _discard_output
        self._status = bytearray()
        self._output_fd, output = _open_pipe()
        self._status_fd, status = _open_pipe()
        try:
            self._supervisor = _start_supervisor(command, environment, folder, output, status)
        except OSError:
            os.close(self._output_fd)
            os.close(self._status_fd)
            raise
        loop = asyncio.get_running_loop()
        loop.add_reader(self._output_fd, self.drain)
        loop.add_reader(self._status_fd, self._read_status)

    @property
    def peak_memory_mb(self) -> int | None:
        """The peak memory use of the worker; None if the system does not report it."""
        try:
            status = Path(f"/proc/{self._status.split()[0].decode()}/status").read_bytes()
        except (OSError, IndexError):
            return None
        peak = re.search(rb"VmHWM:\s+(\d+) kB", status)
        return -(-int(peak[1]) // 1024) if peak else None

    def drain(self) -> None:
        """Pass on the output so far. A limit keeps a worker that never stops writing from blocking."""
        for _ in range(0 if self.ended.done() else CHUNKS_AT_ONCE):
            chunk = _read_available(self._output_fd)
            if chunk:
                self.on_output(chunk)
            if chunk == b"":
                asyncio.get_running_loop().remove_reader(self._output_fd)
            if not chunk:
                return

    async def kill(self) -> None:
        """Kill the worker and all that it has started; return when they are gone."""
        self._close_lifeline()
        await asyncio.wait([self.ended], timeout=PATIENCE_SECONDS)
        if not self.ended.done():
            self._supervisor.kill()
            await asyncio.shield(self.ended)

    def _close_lifeline(self) -> None:
        """Make the supervisor kill everything and end."""
        if self._supervisor.stdin:
            self._supervisor.stdin.close()

    def _read_status(self) -> None:
        line = os.read(self._status_fd, 64)
        self._status += line
        if not line:
            self._finish()

    def _finish(self) -> None:
        self._close_lifeline()
        self._supervisor.wait()
        self.drain()
        loop = asyncio.get_running_loop()
        for reading in (self._output_fd, self._status_fd):
            loop.remove_reader(reading)
            os.close(reading)
        self.ended.set_result(self._exit_code())

    def _exit_code(self) -> int:
        lines = self._status.split()
        supervisor_was_killed = len(lines) <= 1  # before it could write the status
        return -signal.SIGKILL if supervisor_was_killed else os.waitstatus_to_exitcode(int(lines[1]))


def _discard_output(_: bytes) -> None:
    """Discard output before it has a reader."""


def _open_pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    return reading, writing


def _read_available(reading: int) -> bytes | None:
    """Read without waiting. Return empty bytes at the end of the pipe, None if there is nothing yet."""
    try:
        return os.read(reading, CHUNK_BYTES)
    except BlockingIOError:
        return None


def _start_supervisor(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, output: int, status: int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, no shell
            [sys.executable, "-I", "-S", SUPERVISOR, str(status), *command],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=(status,),
            start_new_session=True,
        )
    finally:
        os.close(output)
        os.close(status)
