"""Ctrl-C while a command is still starting."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import BIN, PATIENCE_SECONDS, environment, eventually

IMPORTED_EARLY = "multidict"
"""A compiled module in the middle of the commands' imports."""


def is_importing(process: "subprocess.Popen[str]") -> bool:
    """Return whether a process has mapped the early library."""
    return IMPORTED_EARLY in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["stepfunctions-local", "lambda-local", "delay local", "delay demo"])
def test_early_interrupt_prints_no_traceback(command: str) -> None:
    """The signal comes in the middle of the imports."""
    name, *arguments = command.split()
    variables = environment(STEPFUNCTIONS_LOCAL_IN_MEMORY="1")
    variables.pop("COVERAGE_PROCESS_CONFIG", None)  # coverage begins before any command could catch a Ctrl-C
    process = subprocess.Popen(
        [str(BIN / name), *arguments],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert eventually(lambda: is_importing(process))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert "Traceback" not in err
