"""Runs commands of the virtual environment, and logs their output."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from verification.environment import neutral_environment
from verification.errors import CommandFailed

BIN = Path(sys.executable).parent

_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs commands in one folder, with one log.

    Commands do not see the caller's AWS settings: account, Region and endpoint come from `variables` and
    `credentials`. The latter is called for each command, since credentials may expire.
    """

    folder: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    credentials: Callable[[], Mapping[str, str]] = dict

    def with_variables(self, **more: str) -> "Commands":
        """Return the same commands with more environment variables."""
        return replace(self, variables={**self.variables, **more})

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return neutral_environment() | {"PATH": path} | {**self.credentials(), **self.variables}

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end, and return its standard output.

        Raises:
            CommandFailed: it ended with another exit code.

        """
        return self._run_logged(command, code).stdout

    def run_failing(self, *command: str, code: int) -> str:
        """Run a command that must fail with this code, and return its standard error.

        Raises:
            CommandFailed: it ended with another exit code.

        """
        return self._run_logged(command, code).stderr

    def _run_logged(self, command: tuple[str, ...], code: int) -> "subprocess.CompletedProcess[str]":
        self._write(f"$ {' '.join(command)}\n")
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        self._write(f"{done.stdout}{done.stderr}(exit code {done.returncode})\n\n")
        if done.returncode != code:
            raise CommandFailed(_describe_failure(command, code, done))
        return done

    def _write(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text)


def _describe_failure(command: tuple[str, ...], code: int, done: "subprocess.CompletedProcess[str]") -> str:
    ending = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
    wanted = f", not with {code}" if code else ""
    return f"`{' '.join(command)}` ended with exit code {done.returncode}{wanted}:\n{ending}"
