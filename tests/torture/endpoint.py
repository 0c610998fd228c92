"""Runs the real command on a data directory: starts it, kills it and starts it again."""

import asyncio
import os
import resource
import socket
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

STARTED = b"Ctrl-C stops it"


class NotStarted(Exception):
    """The command ended before it served."""


class Refused(Exception):
    """The endpoint returned an error, with its status and type."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.type = answer.get("__type")


def find_free_port() -> int:
    """Return a free port, to be used by every start of an endpoint."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Endpoint:
    """A command that serves on the same port after every restart.

    `descriptors`: the most that its process may open; by default as many as this process may.
    `variables` are set besides our own.
    """

    folder: Path
    port: int
    lambda_url: str
    descriptors: int | None = None
    variables: dict[str, str] = field(default_factory=dict)
    process: Process | None = None

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def errors(self) -> Path:
        """The file beside the data directory with the standard error of all its runs."""
        return self.folder.with_suffix(".err")

    def read_complaints(self) -> list[str]:
        """Return the lines of standard error as faults; it should write none."""
        return [f"standard error: {line}" for line in self.errors.read_text(encoding="utf-8").splitlines()]

    async def start(self) -> None:
        """Start it and wait until it serves.

        Raises:
            NotStarted: the command ended first.

        """
        command = Path(sys.executable).parent / "stepfunctions-local"
        options = ("--port", str(self.port), "--data-dir", str(self.folder))
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                command,
                *options,
                "--lambda-endpoint",
                self.lambda_url,
                stdout=PIPE,
                stderr=errors,
                preexec_fn=self._limit,
                env=os.environ | self.variables,
            )
        assert self.process.stdout
        if STARTED not in await self.process.stdout.readline():
            raise NotStarted(f"exit code {await self.process.wait()}")

    def _limit(self) -> None:
        if self.descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    async def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def call(session: aiohttp.ClientSession, url: str, operation: str, **body: Any) -> dict[str, Any]:
    """Call an operation of the API.

    Raises:
        Refused: the endpoint returns an error.
        aiohttp.ClientError: the endpoint does not answer, or disconnects first.

    """
    headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    async with session.post(url, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        if response.status != 200:
            raise Refused(response.status, answer)
        return answer
