"""The programs in `examples`, each made ready and called in its language's manner."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.command import BIN, REPOSITORY, Ended, run

Command = tuple[str, ...]

_PATH = f"{BIN}:{os.environ['PATH']}"
_GO_PACKAGES = "/usr/share/gocode"
_GO_SDK = f"{_GO_PACKAGES}/src/github.com/aws/aws-sdk-go-v2"
_SETTINGS = {
    "PATH": _PATH,
    "GO111MODULE": "off",
    "GOPATH": _GO_PACKAGES,
    "COVERAGE_PROCESS_CONFIG": "",  # none of it is ours, and the AWS CLI takes longer to start when measured
    "AWS_MAX_ATTEMPTS": "1",  # a test wants to see the first failure
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",  # it is the machine's Node, not the program's
}
_COMPILATION_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Options:
    """What a program calls its options, and the unit that it wants behind a number of seconds."""

    after: str
    payload: str
    key: str
    cancel: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """What a program needs, by what installs it; how it is built; and what must find no fault with its text.

    `build` returns the command that runs the program, which may lie in the folder that it is given.
    """

    needs: dict[str, str]
    build: Callable[[Path], Command]
    options: Options
    checks: tuple[Command, ...]

    @property
    def lacks(self) -> str | None:
        """Why the program cannot run on this machine, if it cannot."""
        return next(
            (f"{name} is missing: {how}" for name, how in self.needs.items() if not _is_there(name)), None
        )


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is ready to run."""

    command: Command
    options: Options

    def __call__(self, *arguments: str, **variables: str) -> Ended:
        """Run it to its end."""
        return execute(*self.command, *arguments, **variables)

    def schedule(self, payload: str, after: object, *more: str, **variables: str) -> Ended:
        """Have it schedule a task."""
        delay = (self.options.after, f"{after}{self.options.unit}")
        return self(self.options.payload, payload, *delay, *more, **variables)

    def cancel(self, key: str, **variables: str) -> Ended:
        """Have it cancel a task."""
        return self(*self.named(key), self.options.cancel, **variables)

    def named(self, key: str) -> Command:
        """Give the option that names a task."""
        return (self.options.key, key)


def execute(name: str, *arguments: str, **variables: str) -> Ended:
    """Run a tool of the machine or of the virtual environment."""
    path = shutil.which(name, path=_PATH) or name
    variables = _SETTINGS | variables
    return run(path, *arguments, folder=REPOSITORY, seconds=_COMPILATION_SECONDS, **variables)


def _is_there(name: str) -> bool:
    return bool(shutil.which(name, path=_PATH)) or (REPOSITORY / name).exists()


def _build_go(folder: Path) -> Command:
    program = str(folder / "schedule")
    ended = execute("go", "build", "-o", program, "./examples/go")
    assert ended.code == 0, ended.err
    return (program,)


LANGUAGES = {
    "go": Language(
        needs={
            "go": "apt-get install golang-go",
            _GO_SDK: "apt-get install golang-github-aws-aws-sdk-go-v2-dev",
        },
        build=_build_go,
        options=Options(after="-after", payload="-payload", key="-key", cancel="-cancel", unit="s"),
        checks=(("gofmt", "-d", "examples/go"), ("go", "vet", "./examples/go")),
    ),
    "javascript": Language(
        needs={
            "node": "apt-get install nodejs npm",
            "examples/javascript/node_modules": "npm ci --prefix examples/javascript",
        },
        build=lambda _: ("node", "examples/javascript/schedule.js"),
        options=Options(after="--after", payload="--payload", key="--key", cancel="--cancel"),
        checks=tuple(("node", "--check", f"examples/javascript/{name}.js") for name in ("schedule", "tasks")),
    ),
    "shell": Language(
        needs={"bash": "apt-get install bash"},
        build=lambda _: (str(REPOSITORY / "examples/shell/schedule.sh"),),
        options=Options(after="-a", payload="-p", key="-k", cancel="-c"),
        checks=(("bash", "-n", "examples/shell/schedule.sh"),),
    ),
}
