"""What `delay redrive --from-queue` does: look into the dead-letter queue, or redrive what lies there."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from delay.cli.errors import ExitCode
from delay.cli.interruption import interrupted_by
from delay.cli.output.letter_text import letter_json, letter_line

if TYPE_CHECKING:
    from delay.dead_letters.redriving import DeadLetters


class _Interruption:
    """Whether somebody has pressed Ctrl-C: then what is under way is done, and the rest is given back."""

    def __init__(self) -> None:
        self.has_come = False

    def come(self) -> None:
        """Take note of it."""
        self.has_come = True
        click.echo("Giving back what is not done. Another Ctrl-C leaves it.", err=True)


def look_into(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    """Tell what lies in the queue, a line each."""
    interruption, number = _Interruption(), 0
    with interrupted_by(interruption.come), closing(letters.look(limit)) as found:
        for letter in found:
            click.echo(letter_json(letter) if as_json else letter_line(letter))
            number += 1
            if interruption.has_come:
                break
    _end(letters, number, interruption, as_json=as_json)


def redrive_all(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    """Redrive what lies in the queue, and tell what became of each message."""
    from delay.cli.output.redrive_display import RedriveDisplay  # noqa: PLC0415 - imports rich and boto3

    interruption, visible = _Interruption(), letters.count()
    with (
        RedriveDisplay(min(visible, limit or visible), as_json=as_json) as display,
        interrupted_by(interruption.come),
        closing(letters.redrive(limit)) as redrives,
    ):
        for redrive in redrives:
            display.tell(redrive)
            if interruption.has_come:
                break
    _end(letters, display.messages, interruption, as_json=as_json)
    if display.has_left_any:
        raise SystemExit(ExitCode.SOME_FAILED)


def _end(letters: "DeadLetters", number: int, interruption: _Interruption, *, as_json: bool) -> None:
    if interruption.has_come:
        raise SystemExit(ExitCode.INTERRUPTED)
    if number or as_json:
        return
    held = letters.in_flight()
    by_others = f" Somebody holds {held:,}, for five minutes at most." if held else ""
    click.echo(f"No failed tasks in the queue.{by_others}", err=True)
