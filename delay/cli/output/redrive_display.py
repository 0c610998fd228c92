"""Shows how redriving a queue goes on: a line for each message, and on a terminal a bar below them."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Self

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from delay.cli.output.letter_text import letter_json, letter_line
from delay.cli.output.plain_console import plain_console
from delay.dead_letters.redriving import Outcome, Redrive
from delay.text.plain import plain


class RedriveDisplay:
    """Tells what becomes of messages, as long as the context lasts; `total` is about how many there are."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        console = plain_console(sys.stderr)
        columns = TextColumn("Redriving"), BarColumn(), MofNCompleteColumn()
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total)
        self._as_json = as_json
        self._outcomes: Counter[Outcome] = Counter()

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar, and tell in a sentence what has become of all messages so far."""
        self._bar.stop()
        if self._outcomes and not self._as_json:
            click.echo(f"{', '.join(self._parts())}.", err=True)

    def tell(self, redrive: Redrive) -> None:
        """Tell what became of a message; on standard error why it stays, for people."""
        self._outcomes[redrive.outcome] += 1
        self._bar.advance(self._task)
        if self._as_json:
            self._say(letter_json(redrive.letter, outcome=redrive.outcome, reason=_reason(redrive)))
        elif redrive.error:
            self._say(f"Left in the queue: {plain(str(redrive.error))}", err=True)
        else:
            self._say(f"{redrive.outcome:<{_WIDTH}}  {letter_line(redrive.letter)}")

    @property
    def messages(self) -> int:
        """How many messages were told of."""
        return self._outcomes.total()

    @property
    def has_left_any(self) -> bool:
        """Whether a message stays in the queue."""
        return bool(self._outcomes[Outcome.LEFT])

    def _say(self, text: str, *, err: bool = False) -> None:
        """Write a line, above the bar where there is one."""
        if self._bar.console.is_terminal and (err or sys.stdout.isatty()):
            self._bar.console.print(text)
        else:
            click.echo(text, err=err)

    def _parts(self) -> Iterator[str]:
        count = self._outcomes
        yield f"Redrove {_counted(count[Outcome.REDRIVEN], 'task')}"
        if before := count[Outcome.REDRIVEN_BEFORE]:
            yield f"{_counted(before, 'message')} of tasks that were redriven before"
        if left := count[Outcome.LEFT]:
            yield f"left {_counted(left, 'message')} in the queue"


_WIDTH = max(map(len, (Outcome.REDRIVEN, Outcome.REDRIVEN_BEFORE)))


def _reason(redrive: Redrive) -> str | None:
    return str(redrive.error) if redrive.error else None


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
