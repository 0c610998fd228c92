"""`delay cancel`: tasks that shall not be called."""

import click

from delay.cli.on_keys import on_each_key
from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command


@task_command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@json_option
@on_tasks
def cancel(*, connect: Connection, keys: tuple[str, ...], as_json: bool) -> None:
    """Stop the waiting tasks with these KEYs: their function is not called.

    Each key is told on a line of its own. Where one cannot be cancelled, the others are, and the exit code is
    that of the first failure: 3 for no such task, 4 for too late.

    \b
    Examples:
      delay cancel order-42-confirm order-42-remind --local
      delay list --prefix order-42- --json --local | jq -r .key | xargs delay cancel --local
    """  # noqa: D301 - click wants the character itself
    delay = connect()
    on_each_key(keys, delay.cancel, delay.clock, as_json=as_json)
