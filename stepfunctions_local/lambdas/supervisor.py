"""Runs one worker and leaves nothing behind: when the lifeline closes, it kills all the worker has started.

This is a program of its own. It is started as `python -I -S supervisor.py STATUS_FD COMMAND...`, in the
worker's environment and working directory. Its standard input is the lifeline: a pipe whose other end the
endpoint holds. The kernel closes that end however the endpoint ends, even by `kill -9`. On Linux this program
adopts orphans of the worker's children, so it finds a daemon in a session of its own too. Elsewhere it knows
only the worker's process group.

On STATUS_FD it writes two lines: the worker's process id, then the exit status that `wait` returned.
"""

import ctypes
import fcntl
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

SET_PARENT_DEATH_SIGNAL = 1
SET_CHILD_SUBREAPER = 36
COMMAND_NOT_FOUND = 127
PAUSE_SECONDS = 0.001
MAX_DESCRIPTORS = 1024  # source: "Lambda quotas", file descriptors


def main() -> None:
    """Run the command until it ends or the lifeline closes."""
    status_fd = int(sys.argv[1])
    fcntl.fcntl(status_fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    wakeup = listen_to_signals()
    linux_option(SET_CHILD_SUBREAPER, 1)
    limit_descriptors()
    worker = start(sys.argv[2:])
    os.write(status_fd, b"%d\n" % worker)
    status = wait(worker, wakeup)
    os.write(status_fd, b"%d\n" % kill_all(worker, status))
    os._exit(0)


def listen_to_signals() -> int:
    """Return a file descriptor that is readable once a child has ended; ignore signals that would end us.

    The handlers do nothing. Signals set to be ignored would be ignored in the worker too.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


def linux_option(option: int, value: int) -> None:
    """Call prctl(2), if the system has it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def limit_descriptors() -> None:
    """Let the worker open as many descriptors as on Lambda, if not fewer: the endpoint may open many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > MAX_DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_DESCRIPTORS, hard))


def start(command: list[str]) -> int:
    """Start the worker in a session of its own, with an empty standard input. Return its process id."""
    worker = os.fork()
    if worker:
        return worker
    try:
        os.setsid()
        linux_option(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execv(command[0], command)  # noqa: S606 - the command is the endpoint's, without a shell
    finally:
        os._exit(COMMAND_NOT_FOUND)


def wait(worker: int, wakeup: int) -> int | None:
    """Return the worker's status when it ends; None if the lifeline closes first."""
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
    """Reap the children that have ended. Return their process ids and statuses."""
    reaped = []
    while (child := reap()) and child[0]:
        reaped.append(child)
    return reaped


def reap() -> tuple[int, int] | None:
    """Reap one child. Return process id 0 if all are still running, None if there is none."""
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None


def kill_all(worker: int, status: int | None) -> int:
    """Kill until nothing is left. Return the worker's status.

    The children of a killed process become children of this one, so that repeated killing reaches all.
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
    """Kill a process, or a process group by its negated id, if it still exists."""
    try:
        os.kill(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # gone; or, on macOS, a group of zombies
        return


def children() -> list[int]:
    """Return this process's children, if the system has a /proc."""
    numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [number for number in numbers if parent(number) == os.getpid()]


def parent(number: int) -> int | None:
    """Return a process's parent; None if the process is gone."""
    try:
        line = Path(f"/proc/{number}/stat").read_bytes()
    except OSError:
        return None
    # The name before it, in brackets, may have blanks and brackets itself.
    return int(line.rpartition(b")")[2].split()[1])


if __name__ == "__main__":
    main()
