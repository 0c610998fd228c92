"""Ctrl-C at an awkward moment: while a command is still getting ready."""

import signal
import subprocess
import time

import pytest

from tests.acceptance.command import BIN, environment


@pytest.mark.parametrize("command", ["stepfunctions-local", "lambda-local", "delay local", "delay demo"])
@pytest.mark.parametrize("after_seconds", [0.15, 0.4])
def test_an_early_interrupt_ends_without_a_traceback(command: str, after_seconds: float) -> None:
    """Whatever is being imported at that moment."""
    name, *arguments = command.split()
    process = subprocess.Popen(  # noqa: S603 - a command under test, and no shell
        [str(BIN / name), *arguments],
        env=environment(STEPFUNCTIONS_LOCAL_IN_MEMORY="1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    time.sleep(after_seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert "Traceback" not in err
