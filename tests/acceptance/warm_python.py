"""A Python process that has imported libraries and nothing of this project, and forks each command.

`python -m tests.acceptance.warm_python NAME ...` imports the named libraries, then forks for each message on
file descriptor 0, a socket. The child is its own process, with the file descriptors, the folder and the
environment of the message, and runs a script from its first line.
"""

import atexit
import functools
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
import threading
import time
from typing import Any

LARGEST_MESSAGE_BYTES = 1 << 20
SERVICES = ("cloudformation", "sqs", "stepfunctions")
_DEFAULTS: dict[str, Any] = {
    "SIGHUP": signal.SIG_DFL,
    "SIGINT": signal.default_int_handler,
    "SIGTERM": signal.SIG_DFL,
}
"""Python's own reaction to a signal at its start."""

FILES = 4
"""The number in each message: standard input, output and error, and the socket for the child's exit code."""


class Server:
    """Forks commands. `_children` has the connections of the running ones."""

    def __init__(self) -> None:
        self._control = socket.socket(fileno=os.dup(0))
        self._woken, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)  # noqa: FBT003 - the parameter has no name
        self._children: dict[int, socket.socket] = {}

    def listen(self) -> tuple[dict[str, Any], list[int]] | None:
        """Serve until the last client is gone. In a child, return the command to run."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the commands
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno())
        while True:
            ready, _, _ = select.select([self._control, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(4096)
                self._report_ended_children()
            if self._control in ready:
                text, files, _, _ = socket.recv_fds(self._control, LARGEST_MESSAGE_BYTES, FILES)
                if not text:
                    return None
                if self._fork(files):
                    return json.loads(text), files

    def _fork(self, files: list[int]) -> bool:
        """Fork, and return whether this process is the child."""
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

    def _report_ended_children(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._children.pop(pid) as connection:
                connection.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _leave(self) -> None:
        """Remove the server's state from a child, as if the child had been started by itself."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for connection in (self._control, self._woken, self._wakes, *self._children.values()):
            connection.close()


def become(wanted: dict[str, Any], files: list[int], set_by_libraries: dict[str, str]) -> None:
    """Run a script as if Python had been started for it.

    Variables that libraries set when they were imported stay set.
    """
    if wanted["session"]:
        os.setsid()
    for name, is_ignored in wanted["ignored"].items():
        signal.signal(getattr(signal, name), signal.SIG_IGN if is_ignored else _DEFAULTS[name])
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (_open_stream(number) for number in range(3))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"] | set_by_libraries)
    time.tzset()
    script = wanted["command"][0]
    sys.argv = wanted["command"]
    sys.path[0] = os.path.dirname(script)  # noqa: PTH120 - as Python writes it
    ending = SystemExit(0)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as raised:
        ending = raised
    if isinstance(ending.code, int | None):
        _exit(ending.code or 0)
    raise ending


def _exit(code: int) -> None:
    """Exit as Python does, but without taking apart all that was imported, which takes longer than a command.

    Returns if the output cannot be written, for Python to report it.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - Python's own first step
    atexit._run_exitfuncs()  # noqa: SLF001 - and its second
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(code & 0xFF)


def read_models() -> None:
    """Read once what botocore reads in each process: which services AWS has, and how some are called."""
    botocore: Any = importlib.import_module("botocore.session")
    botocore.create_loader = functools.cache(botocore.create_loader)
    session = botocore.Session()
    loader = session.get_component("data_loader")
    session.get_available_services()
    for service in SERVICES:
        session.create_client(service, "us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
        loader.load_service_model(service, "paginators-1")


def _open_stream(number: int) -> io.TextIOWrapper:
    """Open one of the three standard streams, as Python does when it starts."""
    given = (sys.stdin, sys.stdout, sys.stderr)[number]
    raw = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115 - for as long as the process lives
    return io.TextIOWrapper(raw, given.encoding, given.errors, line_buffering=number == 2 or raw.isatty())


if __name__ == "__main__":
    before = os.environ.copy()
    for name in sys.argv[1:]:
        importlib.import_module(name)
    read_models()
    assert not {"delay", "stepfunctions_local"} & sys.modules.keys(), "what is tested is not imported before"
    gc.freeze()  # otherwise each child would scan all of it for garbage at its end
    if child := Server().listen():
        become(*child, dict(os.environ.items() - before.items()))
