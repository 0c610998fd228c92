"""`delay redrive`: a second chance for tasks that failed."""

from itertools import islice
from typing import TYPE_CHECKING

import click

from delay.cli.exit_code import ExitCode
from delay.cli.letter_text import letter_json, letter_line
from delay.cli.on_keys import on_each_key
from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command
from delay.cli.task_text import task_json, task_line
from delay.cli.url import Url

if TYPE_CHECKING:
    from delay.dead_letters import DeadLetters


@task_command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--from-queue", is_flag=True, help="What the dead-letter queue holds, in the place of KEYs.")
@click.option(
    "--queue-url",
    type=Url(),
    envvar="DELAY_DEAD_LETTER_QUEUE_URL",
    show_envvar=True,
    help="Which queue: that of the stack unless given.",
)
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
    if from_queue == bool(keys):
        raise click.UsageError("Name tasks by their KEYs, or give --from-queue.")
    if keys and (limit or dry_run):
        raise click.UsageError(f"{'--limit' if limit else '--dry-run'} goes with --from-queue.")
    if not from_queue:
        _redrive_keys(connect, keys, as_json=as_json)
    elif dry_run:
        _look(connect.dead_letters(queue_url), limit, as_json=as_json)
    else:
        _redrive_queue(connect.dead_letters(queue_url), limit, as_json=as_json)


def _redrive_keys(connect: Connection, keys: tuple[str, ...], *, as_json: bool) -> None:
    delay = connect()

    def redrive_one(key: str) -> None:
        task = delay.redrive(key)
        click.echo(task_json(task) if as_json else task_line(task, delay.clock.now()))

    on_each_key(keys, redrive_one)


def _look(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    is_empty = True
    for letter in islice(letters, limit):
        click.echo(letter_json(letter) if as_json else letter_line(letter))
        is_empty = False
    if is_empty and not as_json:
        click.echo("No failed tasks in the queue.", err=True)


def _redrive_queue(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    from delay.cli.redrive_display import RedriveDisplay  # noqa: PLC0415 - imports rich and boto3

    total = letters.count()
    with RedriveDisplay(min(total, limit or total), as_json=as_json) as display:
        for redriven in letters.redrive(limit):
            display.tell(redriven)
    if display.has_left_any:
        raise SystemExit(ExitCode.SOME_FAILED)
