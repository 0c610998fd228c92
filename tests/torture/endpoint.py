"""The real command on a data directory: started, killed without warning, and started again."""

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

STARTED = b"Ctrl-C stops it"


class NotStarted(Exception):
    """The command ended instead of serving."""


class Refused(Exception):
    """The endpoint answered with an error: its status and its type."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.type = answer.get("__type")


def free_port() -> int:
    """Find a port that nobody listens on, to be taken again and again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Endpoint:
    """A command that serves on one port, life after life."""

    folder: Path
    port: int
    lambda_url: str
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def errors(self) -> Path:
        """The file beside the data directory that takes what all its lives write to standard error."""
        return self.folder.with_suffix(".err")

    def complaints(self) -> list[str]:
        """Return what it has written there: there is nothing that it should complain of."""
        return [f"standard error: {line}" for line in self.errors.read_text(encoding="utf-8").splitlines()]

    async def start(self) -> None:
        """Start it and wait until it serves.

        Raises:
            NotStarted: it did not.

        """
        command = Path(sys.executable).parent / "stepfunctions-local"
        options = ("--port", str(self.port), "--data-dir", str(self.folder))
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                command, *options, "--lambda-endpoint", self.lambda_url, stdout=PIPE, stderr=errors
            )
        assert self.process.stdout
        if STARTED not in await self.process.stdout.readline():
            raise NotStarted(f"exit code {await self.process.wait()}")

    async def kill(self) -> None:
        """End it without warning."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def call(session: aiohttp.ClientSession, url: str, operation: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Call an operation of the API.

    Raises:
        Refused: it answers with an error.
        aiohttp.ClientError: nobody answers, or not to the end.

    """
    headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    async with session.post(url, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        if response.status != 200:
            raise Refused(response.status, answer)
        return answer
