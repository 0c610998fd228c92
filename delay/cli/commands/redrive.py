"""`delay redrive`: calls the functions of failed tasks again."""

import click

from delay.cli.commands.redrive_queue import print_letters, redrive_letters
from delay.cli.parameters import Url
from delay.cli.task_changes import change_each
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--from-queue", is_flag=True, help="The tasks in the dead-letter queue, instead of KEYs.")
@click.option("--queue-url", type=Url(), help="The dead-letter queue. By default that of the stack.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="NUMBER", help="Take at most this many messages."
)
@click.option("--dry-run", is_flag=True, help="Print the messages in the queue, and change nothing.")
@json_option
@with_connection
def redrive(
    *,
    connect: Connector,
    keys: tuple[str, ...],
    from_queue: bool,
    queue_url: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Call the functions of failed tasks again, at once.

    Each task goes on from where it failed, up to 14 days after that. Name the tasks by their KEYs, or redrive
    all tasks in the dead-letter queue.

    A message leaves the queue once the redrive is accepted. If it stays, the reason is printed and the exit
    code is 8. First fix what made the tasks fail, and try one: tasks that fail again come back.

    \b
    Examples:
      delay redrive order-42-confirm --local && delay wait order-42-confirm --local
      delay redrive --from-queue --dry-run --stack-name delayed-tasks
      delay redrive --from-queue --limit 1 --stack-name delayed-tasks
    """
    if from_queue and keys:
        raise click.UsageError("Name tasks by their KEYs or give --from-queue, not both.")
    if from_queue:
        letters = connect.dead_letters(queue_url)
        (print_letters if dry_run else redrive_letters)(letters, limit, as_json=as_json)
        return
    if not keys:
        raise click.UsageError("Name tasks by their KEYs, or give --from-queue.")
    if of_queue := (queue_url and "--queue-url") or (limit and "--limit") or (dry_run and "--dry-run"):
        raise click.UsageError(f"{of_queue} goes with --from-queue.")
    delay = connect()
    change_each(keys, delay.redrive, delay.clock, as_json=as_json)
