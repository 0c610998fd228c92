"""Runs commands on a terminal of 80 columns, or of the width that a test sets."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.acceptance import warm
from tests.acceptance.command import BIN, PATIENCE_SECONDS, REPOSITORY, environment

_ROWS = 24
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """A command on a terminal, and its output so far."""

    process: warm.Process
    screen: int
    drawn: bytes = field(default=b"")

    @property
    def text(self) -> str:
        """The output so far, without escape sequences."""
        whole = self.drawn.decode(errors="ignore")  # a character may have come in part
        return _CONTROL.sub("", whole).replace("\r", "\n")

    def until(self, says: str | re.Pattern[str]) -> bool:
        """Wait for a text. Return whether it was drawn."""
        wanted = re.compile(re.escape(says)) if isinstance(says, str) else says
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not wanted.search(self.text) and time.monotonic() < deadline and self._read():
            pass
        return wanted.search(self.text) is not None

    def press_ctrl_c(self) -> None:
        """Interrupt the command, as the terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self.screen, f"{line}\n".encode())

    def end(self) -> int:
        """Wait for the command's end, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> bool:
        """Read the next output. Return False at the end, or after the time limit."""
        if not select.select([self.screen], [], [], PATIENCE_SECONDS)[0]:
            return False
        try:
            part = os.read(self.screen, 65_536)
        except OSError:  # Linux raises it once the other end is closed
            return False
        self.drawn += part
        return bool(part)


@contextmanager
def on_terminal(*command: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Run a command of the virtual environment on a terminal until the context ends."""
    screen, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    process = warm.start(
        [str(BIN / command[0]), *command[1:]],
        folder=REPOSITORY,
        environment=environment(**variables, TERM="xterm-256color"),
        files=(line, line, line),
        session=True,
    )
    os.close(line)
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        os.close(screen)
