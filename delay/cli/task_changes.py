"""What the commands have in common that change several tasks, one after the other."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from delay.cli.errors import CommandFailed, ExitCode
from delay.cli.output.task_text import task_json, task_line
from delay.errors import DelayError, ServiceError

if TYPE_CHECKING:
    from delay.clock import Clock
    from delay.task import Task


def on_each_key(
    keys: Iterable[str], change: Callable[[str], "Task"], clock: "Clock", *, as_json: bool
) -> None:
    """Change one task after the other, and tell each; one that cannot be changed does not keep the others.

    The command ends with the code of the first failure then.
    """
    failures = []
    for key in keys:
        try:
            task = change(key)
        except ServiceError:
            raise
        except DelayError as error:
            failures.append(CommandFailed(error))
            failures[-1].show()
        else:
            click.echo(task_json(task) if as_json else task_line(task, clock.now()))
    if failures:
        raise SystemExit(ExitCode(failures[0].exit_code))
