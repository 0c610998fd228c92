"""`delay history`: what has happened to one task."""

import json
from collections.abc import Mapping
from typing import Any

import click

from delay.cli.on_tasks import Connection, json_option, on_tasks, task_command


@task_command()
@click.argument("key")
@json_option
@on_tasks
def history(*, connect: Connection, key: str, as_json: bool) -> None:
    """Show what has happened to the task with KEY, event by event, as Step Functions tells it.

    With --json, each event is an object on a line of its own.

    \b
    Examples:
      delay history order-42-confirm --local
      delay history order-42-confirm --json --local | jq -r .type
    """  # noqa: D301 - click wants the character itself
    events = connect().history(key)
    if as_json:
        for event in events:
            click.echo(_event_json(event))
        return
    from delay.cli.output.history_table import history_table  # noqa: PLC0415 - imports rich, which a pipe may do without
    from delay.cli.output.plain_console import plain_console  # noqa: PLC0415 - likewise

    plain_console().print(history_table(events), soft_wrap=False)


def _event_json(event: Mapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, default=lambda moment: moment.isoformat())
