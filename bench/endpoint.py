"""The measured endpoints: how each is started, and its running process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server
from urllib.request import Request, urlopen

from bench.errors import NoAnswer
from bench.step_functions import StepFunctions

_START_SECONDS = 90.0
_STOP_SECONDS = 10.0


def lists_state_machines(url: str) -> bool:
    """Return whether a Step Functions endpoint answers."""
    try:
        with StepFunctions(url, _START_SECONDS) as client:
            client.call("ListStateMachines")
    except NoAnswer:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of Step Functions or of Lambda.

    `command`, `variables`: how it is started; `{port}` stands for its port, `{folder}` for its own folder.
    `journaled`: how it journals, for the report.
    `waiting`: the number of waiting executions for measuring its memory, as many as it accepts in about a
    minute.
    `setting`: a path, and the JSON to send there once the endpoint answers.
    `answers`: returns whether the endpoint at a URL answers.
    """

    name: str
    version: str
    command: Sequence[str]
    journaled: str
    waiting: int
    variables: Mapping[str, str] = field(default_factory=dict)
    setting: tuple[str, str] | None = None
    answers: Callable[[str], bool] = lists_state_machines

    def __str__(self) -> str:
        """Return the name and version."""
        return f"{self.name} {self.version}"


@dataclass(slots=True)
class RunningEndpoint:
    """An endpoint's process, its folder and its port."""

    endpoint: Endpoint
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process ID."""
        return self.process.pid

    def kill_and_start(self) -> float:
        """Kill it, start it in the same folder, and return the seconds until its first answer.

        Raises:
            NoAnswer: the endpoint does not start.

        """
        self.kill()
        begun = time.monotonic()
        self.process = _spawn(self.endpoint, self.folder, self.port)
        _await_answer(self)
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it and its children with SIGKILL."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it with SIGTERM, or kill it if it does not end in time."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def our_endpoint(version: str) -> Endpoint:
    """Return this project's endpoint with its default settings, which write to disk before answering."""
    command = str(Path(sys.executable).with_name("stepfunctions-local"))
    return Endpoint(
        name="stepfunctions-local",
        version=version,
        command=[command, "--port", "{port}", "--data-dir", "{folder}/data"],
        journaled="SQLite, WAL, synchronous=FULL, group commit",
        waiting=100_000,
    )


@contextmanager
def run_endpoint(endpoint: Endpoint, folder: Path) -> Iterator[RunningEndpoint]:
    """Run an endpoint while the context lasts; `folder` is created for it.

    Raises:
        NoAnswer: the endpoint does not start.

    """
    folder.mkdir(parents=True)
    port = _find_free_port()
    started = RunningEndpoint(endpoint, folder, port, _spawn(endpoint, folder, port))
    try:
        _await_answer(started)
        _apply_setting(started)
        yield started
    finally:
        started.stop()


def _spawn(endpoint: Endpoint, folder: Path, port: int) -> subprocess.Popen[bytes]:
    def fill(text: str) -> str:
        return text.format(port=port, folder=folder)

    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [fill(part) for part in endpoint.command],
            cwd=folder,
            env=_clean_environment() | {name: fill(value) for name, value in endpoint.variables.items()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _clean_environment() -> dict[str, str]:
    """Return the environment without a developer's own AWS settings, with dummy credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def _await_answer(started: RunningEndpoint) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not started.endpoint.answers(started.url):
        if time.monotonic() > deadline or started.process.poll() is not None:
            log = (started.folder / "log").read_text(encoding="utf-8", errors="replace")
            raise NoAnswer(f"{started.endpoint} did not start: {log[-500:]}")
        time.sleep(0.02)


def _apply_setting(started: RunningEndpoint) -> None:
    if setting := started.endpoint.setting:
        path, text = setting
        headers = {"Content-Type": "application/json"}
        request = Request(started.url + path, text.encode(), headers)  # noqa: S310 - http, see url
        with urlopen(request, timeout=_STOP_SECONDS):  # noqa: S310 - likewise
            pass


def _find_free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
