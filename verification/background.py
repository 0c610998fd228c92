"""Runs commands in the background, and ends them with all their processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from verification.errors import LocalAwsFailed

T = TypeVar("T")

_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.1
_END_SECONDS = 10


@contextmanager
def in_background(
    *command: str, folder: Path, environment: Mapping[str, str], ready: Callable[[str], T | None]
) -> Iterator[T]:
    """Run a command in a folder while the context lasts, and yield what `ready` returns for its log.

    The context begins once `ready` returns anything but None.

    Raises:
        LocalAwsFailed: the command ended, or was not ready within a minute.

    """
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield _await_ready(process, log, ready)
    finally:
        _end(process)


def _await_ready(process: "subprocess.Popen[bytes]", log: Path, ready: Callable[[str], T | None]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = ready(log.read_text(encoding="utf-8", errors="replace"))
        if found is not None:
            return found
        time.sleep(_POLL_SECONDS)
    raise LocalAwsFailed(f"{log.stem} did not start, or does not answer. Its output is in {log}.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End all processes of its session; an impatient second Ctrl-C must not leave any running."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            _signal(process, number)
    finally:
        signal.signal(signal.SIGINT, handler)


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
        process.wait(_END_SECONDS)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        return  # it has ended, or SIGKILL follows, which ends everything
