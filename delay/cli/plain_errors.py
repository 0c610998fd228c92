"""How the commands that work on tasks end when something is wrong: one line, and a code."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from delay.cli.exit_code import ExitCode, exit_code_of
from delay.errors import DelayError
from delay.text.plain import plain


class Failure(click.ClickException):
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
        raise Failure(error) from error
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        raise SystemExit(ExitCode.INTERRUPTED) from None
