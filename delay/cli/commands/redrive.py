"""`delay redrive`: a second chance for tasks that failed."""

import click

from delay.cli.commands.redrive_queue import look_into, redrive_all
from delay.cli.on_keys import on_each_key
from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command
from delay.cli.parameters import Url


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--from-queue", is_flag=True, help="What the dead-letter queue holds, in the place of KEYs.")
@click.option("--queue-url", type=Url(), help="Which queue: that of the stack unless given.")
@click.option("--limit", type=click.IntRange(min=1), metavar="NUMBER", help="So many messages at most.")
@click.option("--dry-run", is_flag=True, help="Tell what the queue holds; change nothing.")
@json_option
@on_tasks
def redrive(
    *,
    connect: Connection,
    keys: tuple[str, ...],
    from_queue: bool,
    queue_url: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Call the functions of failed tasks again, at once.

    Each task goes on from where it failed, up to 14 days after that. Name the tasks by their KEYs, or have
    all of them redriven that lie in the dead-letter queue.

    A message leaves the queue once the redrive was accepted. Where one stays, the reason is told and the exit
    code is 8. Mend first what made the tasks fail, and try one: those that fail again come back.

    \b
    Examples:
      delay redrive order-42-confirm --local && delay wait order-42-confirm --local
      delay redrive --from-queue --dry-run --stack-name delayed-tasks
      delay redrive --from-queue --limit 1 --stack-name delayed-tasks
    """  # noqa: D301 - click wants the character itself
    if from_queue and keys:
        raise click.UsageError("Name tasks by their KEYs or give --from-queue, not both.")
    if from_queue:
        letters = connect.dead_letters(queue_url)
        (look_into if dry_run else redrive_all)(letters, limit, as_json=as_json)
        return
    if not keys:
        raise click.UsageError("Name tasks by their KEYs, or give --from-queue.")
    if of_queue := (queue_url and "--queue-url") or (limit and "--limit") or (dry_run and "--dry-run"):
        raise click.UsageError(f"{of_queue} goes with --from-queue.")
    delay = connect()
    on_each_key(keys, delay.redrive, delay.clock, as_json=as_json)
