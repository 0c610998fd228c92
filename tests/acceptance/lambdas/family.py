"""A handler that leaves every kind of process behind, and returns their ids."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

ENDLESSLY_SECONDS = 600


def handler(event: dict[str, Any], _: object) -> list[int]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    family = [os.getpid(), fork_child(), fork_daemon(), start_stranger()]
    if path := event.get("report"):
        write_report(path, family)
        time.sleep(ENDLESSLY_SECONDS)
    return family


def fork_child() -> int:
    """Fork a sleeping child, which ignores SIGTERM too."""
    pid = os.fork()
    if pid == 0:
        time.sleep(ENDLESSLY_SECONDS)
        os._exit(0)
    return pid


def fork_daemon() -> int:
    """Fork twice with a new session between, so that the process leaves our group and has no parent."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if pid := os.fork():
            os.write(writing, b"%d" % pid)
            os._exit(0)
        time.sleep(ENDLESSLY_SECONDS)
        os._exit(0)
    os.wait()
    return int(os.read(reading, 32))


def start_stranger() -> int:
    """Start another program in its own session."""
    code = f"import time; time.sleep({ENDLESSLY_SECONDS})"
    return subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True).pid


def write_report(path: str, family: list[int]) -> None:
    with open(f"{path}.part", "w", encoding="ascii") as file:  # noqa: PTH123 - as a handler would
        file.write(" ".join(map(str, family)))
    os.rename(f"{path}.part", path)  # noqa: PTH104 - as a handler would
