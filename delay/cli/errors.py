"""How the commands that work on tasks end when something is wrong: one line, and a code."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from delay.errors import DelayError, DuplicateKey, InvalidRequest, NoSuchTask, StillOpen, TooLate
from delay.text.plain import plain


class ExitCode(IntEnum):
    """The codes of the commands that work on tasks; 130 is that of a Ctrl-C, as shells count."""

    ERROR = 1
    """Anything that has no code of its own: no network, no permission, no such state machine."""
    MISUSE = 2
    """What was asked for cannot be done by anyone: an option, a payload, a key, a due time."""
    NO_SUCH_TASK = 3
    TOO_LATE = 4
    """The function has been called, or the task has ended."""
    KEY_TAKEN = 5
    """Another task has the key."""
    NOT_SUCCEEDED = 6
    """The task that was waited for has ended otherwise: failed, timed out, cancelled."""
    STILL_OPEN = 7
    """The task that was waited for has not ended within the timeout."""
    SOME_FAILED = 8
    """Some lines of an import could not be scheduled, or some messages not redriven; the others are."""
    INTERRUPTED = 130


_CODES = {
    DuplicateKey: ExitCode.KEY_TAKEN,
    InvalidRequest: ExitCode.MISUSE,
    NoSuchTask: ExitCode.NO_SUCH_TASK,
    StillOpen: ExitCode.STILL_OPEN,
    TooLate: ExitCode.TOO_LATE,
}


def exit_code_of(error: DelayError) -> ExitCode:
    """Return the code of a command that ends in an error."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), ExitCode.ERROR)


class CommandFailed(click.ClickException):
    """Ends a command with a message and a code."""

    def __init__(self, error: DelayError) -> None:
        super().__init__(plain(str(error)))
        self.exit_code = exit_code_of(error)


@contextmanager
def told_plainly(*, debug: bool) -> Iterator[None]:
    """Tell the errors of this package in one line; with `debug`, after their traceback."""
    try:
        yield
    except DelayError as error:
        if debug:
            traceback.print_exception(error)
        raise CommandFailed(error) from error
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        raise SystemExit(ExitCode.INTERRUPTED) from None
