"""Calls StartExecution as fast as an endpoint answers, with the load generator wrk."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import NoAnswer, ToolMissing

_SCRIPT = Path(__file__).with_name("start.lua")
_ENDING_SECONDS = 15

CONNECTIONS = 16

FOREVER = "+2592000"
"""Due in thirty days, so that no task falls due during a measurement."""


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one run of wrk. A failure is a call without an answer, a refusal is an error answer."""

    answers: int
    refusals: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float
    command: str

    @property
    def accepted(self) -> int:
        """The number of started executions."""
        return self.answers - self.refusals

    @property
    def accepted_per_second(self) -> float:
        """The number of executions started per second."""
        return self.accepted / self.seconds


def require_wrk() -> str:
    """Return the path of wrk.

    Raises:
        ToolMissing: wrk is not installed.

    """
    path = shutil.which("wrk")
    if not path:
        raise ToolMissing(
            "wrk, which generates the load, is not installed: on Debian and Ubuntu, apt-get install wrk."
        )
    return path


def start_executions(
    url: str,
    state_machine_arn: str,
    *,
    seconds: int,
    calls: int = 0,
    connections: int = CONNECTIONS,
    names: str = "given",
    due: str = FOREVER,
    seed: int = 1,
) -> Load:
    """Start executions for `seconds`, or until `calls` calls were answered; start.lua explains the rest.

    Raises:
        NoAnswer: wrk did not end in time, or received no answer at all.
        ToolMissing: wrk is not installed.

    """
    load = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    script = ["-s", str(_SCRIPT), url, "--", state_machine_arn, names, str(calls), due, str(seed)]
    try:
        ended = subprocess.run(
            [require_wrk(), *load, *script],
            capture_output=True,
            check=True,
            encoding="utf-8",
            timeout=seconds + _ENDING_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise NoAnswer(f"wrk: {error}") from error
    return _parse_load(ended.stdout, f"wrk {' '.join(load)} -s bench/start.lua")


def _parse_load(output: str, command: str) -> Load:
    result = json.loads(output.splitlines()[-1])
    if not result["answers"]:
        raise NoAnswer("wrk received no answer")
    return Load(**result, command=command)
