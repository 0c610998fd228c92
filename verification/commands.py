"""Runs commands of the virtual environment, and keeps a log of what they write."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from verification.errors import CommandFailed

BIN = Path(sys.executable).parent

_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands with common variables of the environment, in a folder, with a log that they share."""

    folder: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def with_variables(self, **more: str) -> "Commands":
        """Return the same with further variables."""
        return Commands(self.folder, self.log, {**self.variables, **more})

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds in its environment: the caller's own, and these variables."""
        return os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | dict(self.variables)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end, and return what it wrote to standard output.

        Raises:
            CommandFailed: it ended with another code.

        """
        done = subprocess.run(  # noqa: S603 - commands of this package, and no shell
            [str(BIN / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        self._write(command, done)
        if done.returncode != code:
            raise CommandFailed(_told(command, code, done))
        return done.stdout

    def _write(self, command: tuple[str, ...], done: subprocess.CompletedProcess[str]) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}(exit code {done.returncode})\n\n")


def _told(command: tuple[str, ...], code: int, done: subprocess.CompletedProcess[str]) -> str:
    ending = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
    wanted = f", not with {code}" if code else ""
    return f"`{' '.join(command)}` ended with exit code {done.returncode}{wanted}:\n{ending}"
