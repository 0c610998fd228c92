"""`delay redrive`: calls the functions of failed tasks again."""

from typing import Final

import click

from delay.cli.commands.redrive_queue import print_letters, redrive_letters
from delay.cli.many_tasks import (
    Choice,
    Operation,
    build_no_choice,
    change_all,
    choice_options,
    require_one_choice,
)
from delay.cli.parameters import Url
from delay.cli.task_changes import change_each
from delay.cli.task_command import Connector, json_option, task_command, with_connection

_OTHERS: Final = "--from-queue, --prefix or --all"


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--from-queue", is_flag=True, help="The tasks in the dead-letter queue, instead of KEYs.")
@click.option("--queue-url", type=Url(), help="The dead-letter queue. By default that of the stack.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="NUMBER", help="Take at most this many messages."
)
@choice_options
@json_option
@with_connection
def redrive(
    *,
    connect: Connector,
    keys: tuple[str, ...],
    from_queue: bool,
    queue_url: str | None,
    limit: int | None,
    choice: Choice,
    as_json: bool,
) -> None:
    """Call the functions of failed tasks again, at once.

    An execution goes on from where it failed, up to 14 days after that, and a row until the table forgets it,
    after 7 days by default. Name the tasks by their KEYs, redrive all tasks in the dead-letter queue, or all
    failed tasks of a prefix, which leaves the queue as it is.

    --prefix and --all count the failed tasks and ask before they redrive any. If some cannot be redriven, the
    exit code is 8.

    A message leaves the queue once the redrive is accepted. If it stays, the reason is printed and the exit
    code is 8. First fix what made the tasks fail, and try one: tasks that fail again come back.

    \b
    Examples:
      delay redrive order-42-confirm --local && delay wait order-42-confirm --local
      delay redrive --from-queue --dry-run --stack-name delayed-tasks
      delay redrive --from-queue --limit 1 --stack-name delayed-tasks
      delay redrive --prefix order-42- --dry-run --local
    """
    if from_queue:
        _require_only_queue(keys, choice)
        letters = connect.dead_letters(queue_url)
        (print_letters if choice.dry_run else redrive_letters)(letters, limit, as_json=as_json)
        return
    if of_queue := (queue_url and "--queue-url") or (limit and "--limit"):
        raise click.UsageError(f"{of_queue} goes with --from-queue.")
    require_one_choice(keys, choice, _OTHERS)
    delay = connect()
    if keys:
        change_each(keys, delay.redrive, delay.clock, as_json=as_json)
        return
    redrive_many = Operation(
        "redrive",
        "Redriving",
        "Redrove",
        "failed",
        delay.store.find_redrivable,
        lambda found: delay.redrive_many(keys=found),
    )
    change_all(delay, choice, redrive_many, as_json=as_json)


def _require_only_queue(keys: tuple[str, ...], choice: Choice) -> None:
    if keys or choice.is_made:
        raise build_no_choice(_OTHERS)
    if choice.yes:
        raise click.UsageError("--yes goes with --prefix or --all.")
