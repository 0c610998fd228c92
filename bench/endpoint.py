"""The endpoints that are measured: how each is started, and the process that runs."""

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
    """Say whether a Step Functions endpoint answers."""
    try:
        with StepFunctions(url, _START_SECONDS) as client:
            client.call("ListStateMachines")
    except NoAnswer:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: of Step Functions, but for the one of Lambda.

    In `command` and `variables`, `{port}` stands for the port and `{folder}` for a folder of its own.
    `setting` is a path, and the JSON to send there once it answers, which `answers` finds out from its URL.
    `waiting` is how many waiting executions its memory is measured with: as many as it accepts in about a
    minute.
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
        """Name and version."""
        return f"{self.name} {self.version}"


@dataclass(slots=True)
class Running:
    """An endpoint's process, and where it listens."""

    endpoint: Endpoint
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def kill_and_start(self) -> float:
        """End it with SIGKILL, start it in the same folder, and return the seconds until its first answer.

        Raises:
            NoAnswer: it does not come up.

        """
        self.kill()
        begun = time.monotonic()
        self.process = _spawn(self.endpoint, self.folder, self.port)
        _await_answer(self)
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it with SIGKILL, its children too."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it, and kill it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def ours(version: str) -> Endpoint:
    """Return this project's endpoint, as it runs without options: every answer is on disk first."""
    command = str(Path(sys.executable).with_name("stepfunctions-local"))
    return Endpoint(
        name="stepfunctions-local",
        version=version,
        command=[command, "--port", "{port}", "--data-dir", "{folder}/data"],
        journaled="SQLite, WAL, synchronous=FULL, group commit",
        waiting=100_000,
    )


@contextmanager
def running(endpoint: Endpoint, folder: Path) -> Iterator[Running]:
    """Run an endpoint as long as the context lasts; `folder` is new, and its own.

    Raises:
        NoAnswer: it does not come up.

    """
    folder.mkdir(parents=True)
    port = _free_port()
    started = Running(endpoint, folder, port, _spawn(endpoint, folder, port))
    try:
        _await_answer(started)
        _set(started)
        yield started
    finally:
        started.stop()


def _spawn(endpoint: Endpoint, folder: Path, port: int) -> subprocess.Popen[bytes]:
    def filled(text: str) -> str:
        return text.format(port=port, folder=folder)

    with (folder / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the commands stand in this package
            [filled(part) for part in endpoint.command],
            cwd=folder,
            env=_environment() | {name: filled(value) for name, value in endpoint.variables.items()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Return the environment without what a developer's own AWS account and endpoints would change."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def _await_answer(started: Running) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not started.endpoint.answers(started.url):
        if time.monotonic() > deadline or started.process.poll() is not None:
            log = (started.folder / "log").read_text(encoding="utf-8", errors="replace")
            raise NoAnswer(f"{started.endpoint} does not come up: {log[-500:]}")
        time.sleep(0.02)


def _set(started: Running) -> None:
    if setting := started.endpoint.setting:
        path, text = setting
        headers = {"Content-Type": "application/json"}
        request = Request(started.url + path, text.encode(), headers)  # noqa: S310 - http, see url
        with urlopen(request, timeout=_STOP_SECONDS):  # noqa: S310 - likewise
            pass


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
