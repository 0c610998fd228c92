"""Commands that run on beside others, and end with all that they have started."""

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
    """Run a command in a folder as long as the context lasts, from when `ready` gives something for its log.

    Raises:
        LocalAwsFailed: it ended, or gave nothing for a minute.

    """
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 - commands of this project
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    try:
        yield _awaited(process, log, ready)
    finally:
        _end(process)


def _awaited(process: "subprocess.Popen[bytes]", log: Path, ready: Callable[[str], T | None]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = ready(log.read_text(encoding="utf-8", errors="replace"))
        if found is not None:
            return found
        time.sleep(_POLL_SECONDS)
    raise LocalAwsFailed(f"{log.stem} did not start, or does not answer. What it wrote is in {log}.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End all processes of its session; an impatient second Ctrl-C must not leave them there."""
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
        return
