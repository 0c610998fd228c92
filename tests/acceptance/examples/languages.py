"""The programs in `examples`, each built and called in the way of its language."""

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
    "COVERAGE_PROCESS_CONFIG": "",  # none of it is ours, and coverage slows the start of the AWS CLI
    "AWS_MAX_ATTEMPTS": "1",  # tests expect the first failure
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",  # the machine chooses the version of Node
}
_COMPILATION_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Options:
    """The names of a program's options, and the unit that follows its number of seconds."""

    after: str
    payload: str
    key: str
    cancel: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """The requirements of a program with the commands that install them, its build, and its checks.

    `build` returns the command that runs the program, which may lie in the given folder.
    """

    needs: dict[str, str]
    build: Callable[[Path], Command]
    options: Options
    checks: tuple[Command, ...]

    @property
    def lacks(self) -> str | None:
        """The reason why the program cannot run on this computer, or None."""
        return next(
            (f"{name} is missing: {how}" for name, how in self.needs.items() if not _exists(name)), None
        )


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is ready to run."""

    command: Command
    options: Options

    def __call__(self, *arguments: str, **variables: str) -> Ended:
        """Run the program to its end."""
        return execute(*self.command, *arguments, **variables)

    def schedule(self, payload: str, after: object, *more: str, **variables: str) -> Ended:
        """Schedule a task with the program."""
        delay = (self.options.after, f"{after}{self.options.unit}")
        return self(self.options.payload, payload, *delay, *more, **variables)

    def cancel(self, key: str, **variables: str) -> Ended:
        """Cancel a task with the program."""
        return self(*self.named(key), self.options.cancel, **variables)

    def named(self, key: str) -> Command:
        """Return the option that names a task."""
        return (self.options.key, key)


def execute(name: str, *arguments: str, **variables: str) -> Ended:
    """Run a tool of the machine or of the virtual environment."""
    path = shutil.which(name, path=_PATH) or name
    variables = _SETTINGS | variables
    return run(path, *arguments, folder=REPOSITORY, seconds=_COMPILATION_SECONDS, **variables)


def _exists(name: str) -> bool:
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
        checks=tuple(
            ("node", "--check", f"examples/javascript/{name}.js")
            for name in ("schedule", "tasks", "generations")
        ),
    ),
    "shell": Language(
        needs={"bash": "apt-get install bash"},
        build=lambda _: (str(REPOSITORY / "examples/shell/schedule.sh"),),
        options=Options(after="-a", payload="-p", key="-k", cancel="-c"),
        checks=tuple(("bash", "-n", f"examples/shell/{name}.sh") for name in ("schedule", "generations")),
    ),
}
