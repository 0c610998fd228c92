"""`delay redrive --from-queue`: prints or redrives the messages in the dead-letter queue."""

from contextlib import closing
from typing import TYPE_CHECKING

from delay.cli.errors import ExitCode
from delay.cli.interruption import handle_interrupt
from delay.cli.output.letter_text import letter_json, letter_line
from delay.cli.output.printing import echo

if TYPE_CHECKING:
    from delay.dead_letters.redriving import DeadLetters


class _Interruption:
    """Whether Ctrl-C was pressed. The message in progress is then completed, the others are given back."""

    def __init__(self) -> None:
        self.has_come = False

    def request(self) -> None:
        """Stop after the message in progress."""
        self.has_come = True
        echo("Giving back the other messages. Press Ctrl-C again to exit without that.", err=True)


def print_letters(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    """Print a line for each message in the queue."""
    interruption, number = _Interruption(), 0
    with handle_interrupt(interruption.request), closing(letters.look(limit)) as found:
        for letter in found:
            echo(letter_json(letter) if as_json else letter_line(letter))
            number += 1
            if interruption.has_come:
                break
    _end(letters, number, interruption, as_json=as_json)


def redrive_letters(letters: "DeadLetters", limit: int | None, *, as_json: bool) -> None:
    """Redrive the messages in the queue, and print the outcome of each."""
    from delay.cli.output.redrive_display import RedriveDisplay

    interruption, visible = _Interruption(), letters.count()
    with (
        RedriveDisplay(min(visible, limit or visible), as_json=as_json) as display,
        handle_interrupt(interruption.request),
        closing(letters.redrive(limit)) as redrives,
    ):
        for redrive in redrives:
            display.show(redrive)
            if interruption.has_come:
                break
    _end(letters, display.messages, interruption, as_json=as_json)
    if display.has_left_any:
        raise SystemExit(ExitCode.SOME_FAILED)


def _end(letters: "DeadLetters", number: int, interruption: _Interruption, *, as_json: bool) -> None:
    """End the command if it was interrupted, and say so if the queue had no messages."""
    if interruption.has_come:
        raise SystemExit(ExitCode.INTERRUPTED)
    if number or as_json:
        return
    held = letters.in_flight()
    by_others = f" Other readers hold {held:,}, for five minutes at most." if held else ""
    echo(f"No failed tasks in the queue.{by_others}", err=True)
