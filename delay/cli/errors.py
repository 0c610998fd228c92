"""Exit codes, and errors in one line, for the commands on tasks."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from delay.cli.output.printing import echo
from delay.errors import DelayError, DuplicateKey, InvalidRequest, NoSuchTask, StillOpen, TooLate
from delay.text.plain import plain


class ExitCode(IntEnum):
    """The exit codes of the commands on tasks, if they are not 0."""

    ERROR = 1
    """An error without a code of its own: no network, no permission, no such state machine."""
    MISUSE = 2
    """An option, a payload, a key or a due time cannot be used."""
    NO_SUCH_TASK = 3
    TOO_LATE = 4
    """The function has been called, or the task has ended."""
    KEY_TAKEN = 5
    """The key belongs to another task."""
    NOT_SUCCEEDED = 6
    """`wait`: the task failed, timed out or was cancelled."""
    STILL_OPEN = 7
    """`wait`: the task did not end within the timeout."""
    SOME_FAILED = 8
    """Some lines of an import were not scheduled, or some messages not redriven. The others were."""
    INTERRUPTED = 130
    """Ctrl-C, as shells report it."""


_CODES = {
    DuplicateKey: ExitCode.KEY_TAKEN,
    InvalidRequest: ExitCode.MISUSE,
    NoSuchTask: ExitCode.NO_SUCH_TASK,
    StillOpen: ExitCode.STILL_OPEN,
    TooLate: ExitCode.TOO_LATE,
}


def exit_code_of(error: DelayError) -> ExitCode:
    """Return the exit code for an error."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), ExitCode.ERROR)


class CommandFailed(click.ClickException):
    """Ends a command with an error's message and exit code."""

    def __init__(self, error: DelayError) -> None:
        super().__init__(plain(str(error)))
        self.exit_code = exit_code_of(error)


@contextmanager
def report_errors(*, debug: bool) -> Iterator[None]:
    """Report errors of this package in one line, after their traceback if `debug`."""
    try:
        yield
    except DelayError as error:
        if debug:
            echo(*"".join(traceback.format_exception(error)).split("\n"), err=True)
        raise CommandFailed(error) from error
    except KeyboardInterrupt:
        echo("Interrupted.", err=True)
        raise SystemExit(ExitCode.INTERRUPTED) from None
