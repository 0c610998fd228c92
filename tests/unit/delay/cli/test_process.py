"""The process of a command: Ctrl-C, output that cannot be written, missing streams and exit codes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

import delay.__main__ as delay_main
import stepfunctions_local.__main__ as local_main
from delay.cli.output.printing import guard_streams
from delay.cli.process import open_missing_streams, run_command

CLOSED_INPUT = """
import os, sys
os.close(0); os.close(1)
sys.stdin = sys.stdout = None
from delay.cli.process import open_missing_streams
open_missing_streams()
print(sys.stdin.buffer.read(), file=sys.stderr)
print(sys.stdin.fileno(), sys.stdout.fileno(), file=sys.stderr)
"""


has_full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full stands for a full disk")


@pytest.fixture(autouse=True)
def argv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["command"])
    for name in ("stdin", "stdout", "stderr"):  # a command guards them, and they are restored
        monkeypatch.setattr(sys, name, getattr(sys, name))


def raise_in_callback(error: BaseException) -> click.Command:
    """Return a command that raises."""

    @click.command()
    def command() -> None:
        raise error

    return command


def run(command: click.Command) -> object:
    """Run a command, and return its exit code."""
    with pytest.raises(SystemExit) as exited:
        run_command(command)
    return exited.value.code


@contextmanager
def full_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make standard output a full disk."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - the command discards its buffer
        monkeypatch.setattr(sys, "stdout", full)
        guard_streams()
        yield


@click.command()
def greet() -> None:
    click.echo("hello")


class Asked(click.ParamType):
    """A parameter that is read from a person."""

    def convert(self, *_: object) -> str:
        """Press Ctrl-C instead."""
        raise KeyboardInterrupt


@click.command()
@click.option("--text", type=Asked(), default="anything")
def ask(*, text: str) -> None:
    click.echo(text)


def test_interrupt_ends_with_130_wherever_the_command_is(capsys: pytest.CaptureFixture[str]) -> None:
    """In the command, and while a parameter is read from standard input."""
    assert run(raise_in_callback(KeyboardInterrupt())) == 130
    assert run(ask) == 130
    assert capsys.readouterr().err.split() == ["Interrupted."] * 2


def test_question_without_an_answer_is_no_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard input has ended."""
    assert run(raise_in_callback(EOFError())) == 1
    assert "no answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"), [(click.UsageError("no"), 2), (click.ClickException("no"), 1), (SystemExit(7), 7)]
)
def test_error_of_the_command_has_its_own_code(error: BaseException, code: int) -> None:
    """As click has it."""
    assert run(raise_in_callback(error)) == code


def test_command_without_an_error_ends_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its help too."""
    assert run(greet) == 0
    monkeypatch.setattr(sys, "argv", ["greet", "--help"])
    assert run(greet) == 0


@has_full_disk
def test_full_output_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1, and Python has nothing to add at its end."""
    with full_output(monkeypatch):
        assert run(greet) == 1
    assert capsys.readouterr().err == "Error: Cannot write /dev/full: No space left on device.\n"


@has_full_disk
def test_full_error_output_keeps_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is lost, but a script sees the code."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - as above
        monkeypatch.setattr(sys, "stderr", full)
        guard_streams()
        assert run(raise_in_callback(click.UsageError("no"))) == 2


def test_missing_streams_are_opened_on_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command started without them reads nothing and prints nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    open_missing_streams()
    opened = sys.stdin, sys.stdout, sys.stderr
    assert sys.stdin.buffer.read() == b""
    assert run(greet) == 0
    for stream in opened:
        stream.close()


def test_missing_streams_get_their_own_numbers() -> None:
    """Otherwise the journal, say, would be standard output to a library."""
    ended = subprocess.run([sys.executable, "-c", CLOSED_INPUT], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines() == ["b''", "0 1"]


@pytest.mark.parametrize(
    ("command", "name"),
    [(local_main.stepfunctions_local, "stepfunctions-local"), (local_main.lambda_local, "lambda-local")],
)
def test_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, command: Callable[[], None], name: str
) -> None:
    """One line, with the command that installs it."""
    monkeypatch.delitem(sys.modules, "stepfunctions_local.commands", raising=False)
    monkeypatch.delattr("stepfunctions_local.commands", raising=False)
    monkeypatch.setitem(sys.modules, "click", None)
    says = rf"{name} needs click: install delayed-tasks with its extra \[local\]"
    with pytest.raises(SystemExit, match=says):
        command()


def test_defect_is_not_taken_for_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of this package that is missing is reported as it is."""
    monkeypatch.setitem(sys.modules, "stepfunctions_local.commands", None)
    monkeypatch.delattr("stepfunctions_local.commands", raising=False)
    with pytest.raises(ImportError):
        local_main.stepfunctions_local()


@pytest.mark.parametrize("main", [delay_main.main, local_main.stepfunctions_local])
def test_ctrl_c_in_a_class_under_construction_is_one_too(
    main: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11 raises another error from it. That error without a Ctrl-C is a defect, and shown."""
    interrupted = RuntimeError("Error calling __set_name__")
    interrupted.__cause__ = KeyboardInterrupt()
    for error, code in ((interrupted, 130), (RuntimeError("defect"), None)):

        def stop(error: RuntimeError = error) -> None:
            raise error

        monkeypatch.setattr("delay.cli.process.open_missing_streams", stop)
        with pytest.raises(SystemExit if code else RuntimeError) as ended:
            main()
        assert getattr(ended.value, "code", None) == code
