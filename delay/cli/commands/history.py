"""`delay history`: shows the events of a task."""

from collections.abc import Mapping
from typing import Any

import click

from delay.cli.output.printing import echo, format_json
from delay.cli.task_command import Connector, json_option, task_command, with_connection


@task_command()
@click.argument("key")
@json_option
@with_connection
def history(*, connect: Connector, key: str, as_json: bool) -> None:
    """Show the events of the task with KEY, as Step Functions records them, or as far as its row knows them.

    With --json, each event is an object on a line of its own.

    \b
    Examples:
      delay history order-42-confirm --local
      delay history order-42-confirm --json --local | jq -r .type
    """
    events = connect().history(key)
    if as_json:
        for event in events:
            echo(_write_event(event))
        return
    from delay.cli.output.history_table import history_table
    from delay.cli.output.plain_console import plain_console

    plain_console().print(history_table(events), soft_wrap=False)


def _write_event(event: Mapping[str, Any]) -> str:
    return format_json(event, default=lambda moment: moment.isoformat())
