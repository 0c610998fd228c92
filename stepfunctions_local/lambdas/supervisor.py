"""Runs one worker, and leaves nothing of it: when the lifeline closes, all that the worker started is killed.

A program of its own, started as `python -I -S supervisor.py STATUS_FD COMMAND...`, in the environment and
the working directory that are meant for the worker. Its standard input is the lifeline: a pipe whose other
end the endpoint holds, so that the kernel closes it however the endpoint ends, `kill -9` included. On Linux
it adopts what the worker's children leave behind, so that a daemon with a session of its own is found, too;
elsewhere it knows only the worker's process group.

On STATUS_FD it writes two lines: the worker's process id, and in the end the status that `wait` gave.
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
import time
from pathlib import Path

SET_PARENT_DEATH_SIGNAL = 1
SET_CHILD_SUBREAPER = 36
COMMAND_NOT_FOUND = 127
PAUSE_SECONDS = 0.001


def main() -> None:
    """Run the command to its end, or to the lifeline's."""
    status_fd = int(sys.argv[1])
    fcntl.fcntl(status_fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    wakeup = listen_to_signals()
    linux_option(SET_CHILD_SUBREAPER, 1)
    worker = start(sys.argv[2:])
    os.write(status_fd, b"%d\n" % worker)
    status = wait(worker, wakeup)
    os.write(status_fd, b"%d\n" % kill_all(worker, status))
    os._exit(0)


def listen_to_signals() -> int:
    """Have every end of a child wake the loop, and let nothing else that can be caught end this process.

    The handlers do nothing: a signal that is ignored would stay ignored in the worker, one that is handled
    does not.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


def linux_option(option: int, value: int) -> None:
    """Call prctl(2), where there is one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def start(command: list[str]) -> int:
    """Start the worker in a session of its own, with nothing to read."""
    worker = os.fork()
    if worker:
        return worker
    try:
        os.setsid()
        linux_option(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execv(command[0], command)  # noqa: S606 - the command is the endpoint's, and there is no shell
    finally:
        os._exit(COMMAND_NOT_FOUND)


def wait(worker: int, wakeup: int) -> int | None:
    """Wait for the worker's end; None when the lifeline closed first."""
    while True:
        readable, _, _ = select.select([0, wakeup], [], [])
        if wakeup in readable:
            os.read(wakeup, 4096)
        for child, status in ended():
            if child == worker:
                return status
        if 0 in readable and not os.read(0, 4096):
            return None


def ended() -> list[tuple[int, int]]:
    """Reap the children that have ended, as (process id, status)."""
    reaped = []
    while (child := reap()) and child[0]:
        reaped.append(child)
    return reaped


def reap() -> tuple[int, int] | None:
    """Reap one child; process id 0 when all of them run on, None when there is none."""
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None


def kill_all(worker: int, status: int | None) -> int:
    """Kill until there is nothing left; give the worker's status.

    What is killed leaves its own children to this process, so killing children again and again reaches all.
    """
    kill(-worker)
    while (child := reap()) is not None:
        if child[0] == worker:
            status = child[1]
        if child[0] == 0:
            for orphan in children():
                kill(orphan)
            time.sleep(PAUSE_SECONDS)
    return signal.SIGKILL if status is None else status


def kill(target: int) -> None:
    """Kill a process, or the group of a negative number, if it is still there."""
    try:
        os.kill(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # gone; or, on macOS, a group of zombies
        return


def children() -> list[int]:
    """Find this process's children, where the system has a /proc."""
    numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [number for number in numbers if parent(number) == os.getpid()]


def parent(number: int) -> int | None:
    """Look up a process's parent; None if it is gone. The name before it may hold blanks and brackets."""
    try:
        line = Path(f"/proc/{number}/stat").read_bytes()
    except OSError:
        return None
    return int(line.rpartition(b")")[2].split()[1])


if __name__ == "__main__":
    main()
