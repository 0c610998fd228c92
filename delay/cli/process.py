"""Runs a click command as a process: missing streams, Ctrl-C, output that cannot be written, exit codes.

`delay`, `stepfunctions-local` and `lambda-local` share it.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from delay.cli.errors import ExitCode
from delay.cli.output.printing import OutputFailed, echo


def open_missing_streams() -> None:
    """Open the standard streams that the process was started without, on nothing.

    Otherwise the next file that it opens, such as a journal, would get the number of one of them, and
    what a library prints would go into that file.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - until the process ends
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - likewise
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - likewise


def run_command(command: click.Command) -> NoReturn:
    """Run a command with the arguments of this process, and exit with its code.

    That is 130 after Ctrl-C wherever the command was, and 1 if standard output cannot be written.
    """
    try:
        code = command.main(standalone_mode=False)
        sys.stdout.flush()
    except click.Abort as error:
        _exit_aborted(error)
    except KeyboardInterrupt:
        _exit("Interrupted.", ExitCode.INTERRUPTED)
    except click.ClickException as error:
        with suppress(OutputFailed):  # there is nowhere to say it, but the exit code
            error.show()
        _exit(None, error.exit_code)
    except OutputFailed as error:
        name = {"<stdout>": "standard output", "<stderr>": "standard error"}.get(str(error.filename))
        _exit(f"Error: Cannot write {name or error.filename}: {error.strerror}.", ExitCode.ERROR)
    _exit(None, code if isinstance(code, int) else 0)


def _exit_aborted(error: click.Abort) -> NoReturn:
    """Exit after Ctrl-C, or after a question without an answer: click raises the same error for both."""
    if isinstance(error.__cause__, EOFError):
        _exit("Aborted: there is no answer to read.", ExitCode.ERROR)
    _exit("Interrupted.", ExitCode.INTERRUPTED)


def _exit(message: str | None, code: int) -> NoReturn:
    """Print a message on standard error if possible, and exit."""
    if message:
        with suppress(OutputFailed):  # likewise
            echo(message, err=True)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OutputFailed:  # likewise
            _discard(stream.fileno())
    sys.exit(code)


def _discard(number: int) -> None:
    """Discard an output, so that Python does not complain of the rest of its buffer."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
