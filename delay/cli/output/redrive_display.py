"""The progress of redriving a queue: a line for each message, and a bar on a terminal."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from delay.cli.output.letter_text import letter_json, letter_line
from delay.cli.output.plain_console import plain_console
from delay.cli.output.printing import echo
from delay.dead_letters.redriving import Outcome, Redrive
from delay.text.count import format_count

_OUTCOME_WIDTH = max(map(len, (Outcome.REDRIVEN, Outcome.REDRIVEN_BEFORE)))


class RedriveDisplay:
    """Prints the outcome of each message until the context ends. `total` is an estimate."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        console = plain_console(sys.stderr)
        columns = TextColumn("Redriving"), BarColumn(), MofNCompleteColumn()
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total)
        self._as_json = as_json
        self._outcomes: Counter[Outcome] = Counter()

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar, and print the number of each outcome in a sentence."""
        self._bar.stop()
        if self._outcomes and not self._as_json:
            echo(f"{', '.join(self._count_outcomes())}.", err=True)

    def show(self, redrive: Redrive) -> None:
        """Print the outcome of a message; on standard error if it stays, unless JSON is printed."""
        self._outcomes[redrive.outcome] += 1
        self._bar.advance(self._task)
        if self._as_json:
            reason = str(redrive.error) if redrive.error else None
            self._print(letter_json(redrive.letter, outcome=redrive.outcome, reason=reason))
        elif redrive.error:
            self._print(f"Left in the queue: {redrive.error}", err=True)
        else:
            self._print(f"{redrive.outcome:<{_OUTCOME_WIDTH}}  {letter_line(redrive.letter)}")

    @property
    def messages(self) -> int:
        """The number of messages shown."""
        return self._outcomes.total()

    @property
    def has_left_any(self) -> bool:
        """Whether a message stays in the queue."""
        return bool(self._outcomes[Outcome.LEFT])

    def _print(self, text: str, *, err: bool = False) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar.console.is_terminal and (err or sys.stdout.isatty()):
            self._bar.console.print(text)
        else:
            echo(text, err=err)

    def _count_outcomes(self) -> Iterator[str]:
        outcomes = self._outcomes
        yield f"Redrove {format_count(outcomes[Outcome.REDRIVEN], 'task')}"
        if before := outcomes[Outcome.REDRIVEN_BEFORE]:
            yield f"{format_count(before, 'message')} of tasks that were redriven before"
        if left := outcomes[Outcome.LEFT]:
            yield f"left {format_count(left, 'message')} in the queue"
