"""Calls StartExecution as fast as an endpoint answers, with wrk: a load generator that is not Python."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import NoAnswer, ToolMissing

_SCRIPT = Path(__file__).with_name("start.lua")
_ENDING_SECONDS = 15

FOREVER = "+2592000"
"""Due in thirty days: nothing comes due while it is measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw. A failure is a call without an answer; a refusal is an answer that is an error."""

    answers: int
    refusals: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float
    command: str

    @property
    def accepted(self) -> int:
        """How many executions were started."""
        return self.answers - self.refusals

    @property
    def accepted_per_second(self) -> float:
        """How many executions were started in a second."""
        return self.accepted / self.seconds


def require_wrk() -> str:
    """Return where wrk is.

    Raises:
        ToolMissing: it is not installed.

    """
    path = shutil.which("wrk")
    if not path:
        raise ToolMissing(
            "wrk makes the load and is not installed: on Debian and Ubuntu, apt-get install wrk."
        )
    return path


def start_executions(
    url: str,
    machine: str,
    *,
    seconds: int,
    calls: int = 0,
    connections: int = 16,
    names: str = "given",
    due: str = FOREVER,
    seed: int = 1,
) -> Load:
    """Start executions for some seconds, or until so many calls were answered; start.lua explains the rest.

    Raises:
        NoAnswer: wrk did not end in time, or had no answer at all.
        ToolMissing: wrk is not installed.

    """
    load = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    script = ["-s", str(_SCRIPT), url, "--", machine, names, str(calls), due, str(seed)]
    try:
        ended = subprocess.run(  # noqa: S603 - wrk, and arguments of this package
            [require_wrk(), *load, *script],
            capture_output=True,
            check=True,
            encoding="utf-8",
            timeout=seconds + _ENDING_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise NoAnswer(f"wrk: {error}") from error
    return _read(ended.stdout, f"wrk {' '.join(load)} -s bench/start.lua")


def _read(output: str, command: str) -> Load:
    seen = json.loads(output.splitlines()[-1])
    if not seen["answers"]:
        raise NoAnswer("wrk had no answer")
    return Load(**seen, command=command)
