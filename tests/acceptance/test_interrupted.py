"""Ctrl-C at an awkward moment: while a command is still getting ready."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import BIN, environment, eventually

IMPORTED_EARLY = "multidict"
"""A compiled module in the middle of what the commands import."""


def is_importing(process: "subprocess.Popen[str]") -> bool:
    """Tell by the libraries that a process has mapped."""
    return IMPORTED_EARLY in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["stepfunctions-local", "lambda-local", "delay local", "delay demo"])
def test_an_early_interrupt_ends_without_a_traceback(command: str) -> None:
    """While the half of what it needs is imported."""
    name, *arguments = command.split()
    variables = environment(STEPFUNCTIONS_LOCAL_IN_MEMORY="1")
    variables.pop("COVERAGE_PROCESS_CONFIG", None)  # coverage begins before any command could catch a Ctrl-C
    process = subprocess.Popen(  # noqa: S603 - a command under test, and no shell
        [str(BIN / name), *arguments],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert eventually(lambda: is_importing(process))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert "Traceback" not in err
