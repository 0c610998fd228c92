"""The loop of the commands that change several tasks."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from delay.cli.errors import CommandFailed, ExitCode
from delay.cli.output.printing import echo
from delay.cli.output.task_text import task_json, task_line
from delay.errors import DelayError, NoSuchStore, Refused, ServiceError

if TYPE_CHECKING:
    from datetime import timedelta

    from delay.clock import Clock
    from delay.task import Task


def is_fatal(error: DelayError) -> bool:
    """Whether other tasks would fail as well: AWS throttles, refuses permission or cannot be reached, say."""
    return isinstance(error, ServiceError | NoSuchStore) and not isinstance(error, Refused)


def change_each(
    keys: Iterable[str],
    change: Callable[[str], "Task"],
    clock: "Clock",
    *,
    as_json: bool,
    after: "timedelta | None" = None,
) -> None:
    """Change the tasks with these keys one by one, and print each. `after` is the delay that it gets.

    A task that cannot be changed does not stop the others. The command then ends with the exit code of the
    first failure.

    Raises:
        ServiceError: AWS throttles, does not permit the call, or cannot be reached. The other tasks would
            fail as well.

    """
    failures = []
    for key in keys:
        try:
            task = change(key)
        except DelayError as error:
            if is_fatal(error):
                raise
            failures.append(CommandFailed(error))
            failures[-1].show()
        else:
            echo(task_json(task) if as_json else task_line(task, clock.now(), after))
    if failures:
        raise SystemExit(ExitCode(failures[0].exit_code))
