"""A shell whose locale knows ASCII alone."""

import subprocess

from tests.acceptance.command import BIN, environment
from tests.acceptance.shell.local import Shell


def test_task_keeps_letters_beyond_ascii(shell: Shell) -> None:
    """As key and in the payload. What is printed has escape sequences."""
    command = (str(BIN / "delay"), "schedule", '{"a": "ü"}', "--in", "7d", "--key", "jürgen")
    ended = subprocess.run(
        [*command, "--local", "--endpoint-url", shell.url],
        env=environment(PYTHONUTF8="0", LC_ALL="C"),
        capture_output=True,
        check=False,
    )
    assert ended.stderr == b""
    assert ended.stdout.startswith(rb"j\u00fcrgen  WAITING")
    assert shell.record("show", "jürgen")["payload"] == {"a": "ü"}
