"""Runs commands of the virtual environment, and keeps a log of what they write."""

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
    """Commands in a folder, with a log that they share.

    Of the caller's environment they see nothing that leads to AWS: account, Region and endpoint are those of
    `variables`, and of `credentials`, which is asked anew for each command, since some expire.
    """

    folder: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    credentials: Callable[[], Mapping[str, str]] = dict

    def with_variables(self, **more: str) -> "Commands":
        """Return the same with further variables of the environment."""
        return replace(self, variables={**self.variables, **more})

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds in its environment."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return neutral_environment() | {"PATH": path} | {**self.credentials(), **self.variables}

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end, and return what it wrote to standard output.

        Raises:
            CommandFailed: it ended with another code.

        """
        return self._done(command, code).stdout

    def complaint(self, *command: str, code: int) -> str:
        """Run a command that is to fail with this code, and return what it wrote to standard error.

        Raises:
            CommandFailed: it ended with another code.

        """
        return self._done(command, code).stderr

    def _done(self, command: tuple[str, ...], code: int) -> "subprocess.CompletedProcess[str]":
        self._write(f"$ {' '.join(command)}\n")
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
        self._write(f"{done.stdout}{done.stderr}(exit code {done.returncode})\n\n")
        if done.returncode != code:
            raise CommandFailed(_told(command, code, done))
        return done

    def _write(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text)


def _told(command: tuple[str, ...], code: int, done: "subprocess.CompletedProcess[str]") -> str:
    ending = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
    wanted = f", not with {code}" if code else ""
    return f"`{' '.join(command)}` ended with exit code {done.returncode}{wanted}:\n{ending}"
