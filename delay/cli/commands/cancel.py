"""`delay cancel`: cancels waiting tasks."""

import click

from delay.cli.task_changes import change_each
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@json_option
@with_connection
def cancel(*, connect: Connector, keys: tuple[str, ...], as_json: bool) -> None:
    """Cancel the waiting tasks with these KEYs: their functions are not called.

    Prints a line for each task. If one cannot be cancelled, the others still are, and the exit code is that
    of the first failure: 3 for no such task, 4 for too late.

    \b
    Examples:
      delay cancel order-42-confirm order-42-remind --local
      delay list --prefix order-42- --json --local | jq -r .key | xargs delay cancel --local
    """
    delay = connect()
    change_each(keys, delay.cancel, delay.clock, as_json=as_json)
