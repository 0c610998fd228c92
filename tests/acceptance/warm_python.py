"""A Python that has imported libraries and nothing of this project, and becomes each command it is asked for.

`python -m tests.acceptance.warm_python NAME ...` imports these, then forks for each message that arrives on
file descriptor 0, a socket: the child is a process of its own, with the file descriptors, the folder and the
environment that came with the message, and runs a script from its first line.
"""

import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from typing import Any

LARGEST_MESSAGE_BYTES = 1 << 20
FILES = 4
"""Come with each message: standard input, output and error, and where to tell what becomes of the child."""


class Server:
    """Forks; `children` are the connections of those that have not ended."""

    def __init__(self) -> None:
        self._control = socket.socket(fileno=os.dup(0))
        self._woken, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)  # noqa: FBT003 - there is no other way to say it
        self._children: dict[int, socket.socket] = {}

    def listen(self) -> tuple[dict[str, Any], list[int]] | None:
        """Serve until nobody is there who could ask. In a child, return what it shall become."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the commands
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno())
        while True:
            ready, _, _ = select.select([self._control, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(4096)
                self._tell_of_the_ended()
            if self._control in ready:
                text, files, _, _ = socket.recv_fds(self._control, LARGEST_MESSAGE_BYTES, FILES)
                if not text:
                    return None
                if self._forks(files):
                    return json.loads(text), files

    def _forks(self, files: list[int]) -> bool:
        """Fork, and say in which of the two processes this is: whether in the child."""
        connection = socket.socket(fileno=files.pop())
        pid = os.fork()
        if not pid:
            connection.close()
            self._leave()
            return True
        for file in files:
            os.close(file)
        self._children[pid] = connection
        connection.send(str(pid).encode())
        return False

    def _tell_of_the_ended(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._children.pop(pid) as connection:
                connection.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _leave(self) -> None:
        """Have nothing of the server's in a child, as if it had been started by itself."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for connection in (self._control, self._woken, self._wakes, *self._children.values()):
            connection.close()


def become(wanted: dict[str, Any], files: list[int], set_by_libraries: dict[str, str]) -> None:
    """Run a script as Python would have, had it been started for it.

    What libraries have set in the environment when they were imported, they would have set then.
    """
    if wanted["session"]:
        os.setsid()
    for number in wanted["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (_stream(number) for number in range(3))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"] | set_by_libraries)
    time.tzset()
    script = wanted["command"][0]
    sys.argv = wanted["command"]
    sys.path[0] = os.path.dirname(script)  # noqa: PTH120 - as Python writes it
    runpy.run_path(script, run_name="__main__")


def _stream(number: int) -> io.TextIOWrapper:
    """Open one of the three standard streams, as Python does when it starts."""
    given = (sys.stdin, sys.stdout, sys.stderr)[number]
    raw = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115 - for as long as the process lives
    return io.TextIOWrapper(raw, given.encoding, given.errors, line_buffering=number == 2 or raw.isatty())


if __name__ == "__main__":
    before = os.environ.copy()
    for name in sys.argv[1:]:
        importlib.import_module(name)
    assert not {"delay", "stepfunctions_local"} & sys.modules.keys(), "what is tested is not imported before"
    gc.freeze()  # or each child would look for garbage among all of it, when it ends
    if child := Server().listen():
        become(*child, dict(os.environ.items() - before.items()))
