"""`delay cancel`: cancels waiting tasks."""

import click

from delay.cli.many_tasks import Choice, Operation, change_all, choice_options, require_one_choice
from delay.cli.task_changes import change_each
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@choice_options
@json_option
@with_connection
def cancel(
    *,
    connect: Connector,
    keys: tuple[str, ...],
    choice: Choice,
    as_json: bool,
) -> None:
    """Cancel the waiting tasks with these KEYs, or all of a prefix: their functions are not called.

    Prints a line for each task. If one cannot be cancelled, the others still are. The exit code is then that
    of the first failure, 3 for no such task and 4 for too late, or 8 with --prefix or --all.

    --prefix and --all count the open tasks and ask before they cancel any. Of executions on AWS they cancel
    two to four a second. Ctrl-C leaves the rest, and the same command goes on.

    \b
    Examples:
      delay cancel order-42-confirm order-42-remind --local
      delay cancel --prefix order-42- --dry-run --local
      delay cancel --prefix order-42- --yes --local
    """
    require_one_choice(keys, choice)
    delay = connect()
    if keys:
        change_each(keys, delay.cancel, delay.clock, as_json=as_json)
        return
    from delay.many.selection import find_open

    cancel_many = Operation(
        "cancel", "Cancelling", "Cancelled", "open", find_open, lambda found: delay.cancel_many(keys=found)
    )
    change_all(delay, choice, cancel_many, as_json=as_json)
