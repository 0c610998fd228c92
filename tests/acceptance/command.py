"""Runs commands of this project as a person does: each in its own process, observed from outside."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance import warm

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 60
SHORTEST_PAUSE_SECONDS = 0.02
PAUSE_SHARE = 0.05
"""Of the time waited so far: constant looking would slow down the awaited process."""

_KEPT = (
    "COVERAGE_PROCESS_CONFIG",
    "HOME",
    "LANG",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "TMPDIR",
)


def environment(**variables: str) -> dict[str, str]:
    """Return a shell's environment without the settings of a developer's own AWS account."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    dummies = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return kept | dummies | variables


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished command: its exit code and its output."""

    code: int
    out: str
    err: str


def run(
    *command: str,
    folder: Path = REPOSITORY,
    typed: str = "",
    seconds: float = 2 * PATIENCE_SECONDS,
    **variables: str,
) -> Ended:
    """Run a command of the virtual environment, or the one at a path, to its end.

    `typed` is its standard input.
    """
    (reads, typing), (out, writes_out), (err, writes_err) = os.pipe(), os.pipe(), os.pipe()
    files = (reads, writes_out, writes_err)
    process = warm.start(_resolve(command), folder=folder, environment=environment(**variables), files=files)
    for file in files:
        os.close(file)
    with ThreadPoolExecutor() as threads:
        texts = [threads.submit(_read, file) for file in (out, err)]
        with suppress(BrokenPipeError), open(typing, "w", encoding="utf-8") as keyboard:  # noqa: PTH123 - no path
            keyboard.write(typed)
        try:
            process.wait(seconds)
        finally:
            process.kill()  # harmless after its end
    return Ended(process.wait(), texts[0].result(), texts[1].result())


def _read(file: int) -> str:
    with open(file, encoding="utf-8") as stream:
        return stream.read()


@dataclass(frozen=True, slots=True)
class Running:
    """A running command: its process, and its output files."""

    process: warm.Process
    out_path: Path
    err_path: Path

    @property
    def out(self) -> str:
        """The standard output so far."""
        return self.out_path.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """The standard error so far."""
        return self.err_path.read_text(encoding="utf-8")

    @property
    def urls(self) -> list[str]:
        """The addresses printed so far."""
        return re.findall(r"^\S.*?  (http://\S+)", self.out, re.MULTILINE)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the end and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(
    *command: str, folder: Path, says: str = "Ctrl-C stops", project: Path = REPOSITORY, **variables: str
) -> Iterator[Running]:
    """Run a command until the context ends, which begins once the command has printed `says`.

    Its output and its records go to `folder`.
    """
    variables = {"STEPFUNCTIONS_LOCAL_DATA_DIR": str(folder / "records")} | variables
    out_path, err_path = folder / f"{command[0]}.out", folder / f"{command[0]}.err"
    with out_path.open("wb") as out, err_path.open("wb") as err, Path(os.devnull).open("rb") as nothing:
        process = warm.start(
            _resolve(command),
            folder=project,
            environment=environment(**variables),
            files=(nothing.fileno(), out.fileno(), err.fileno()),
        )
    started = Running(process, out_path, err_path)
    try:
        assert eventually(lambda: says in started.out or process.poll() is not None)
        assert says in started.out, started.err
        yield started
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait until a condition holds or the seconds are over. Return whether it holds."""
    begun = time.monotonic()
    while not condition() and (waited := time.monotonic() - begun) < seconds:
        time.sleep(max(SHORTEST_PAUSE_SECONDS, waited * PAUSE_SHARE))
    return condition()


def _resolve(command: Sequence[str]) -> list[str]:
    return [str(BIN / command[0]), *command[1:]]
