"""The progress of reading or changing many tasks: a bar on a terminal, lines in a pipe, none if short."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from delay.cli.output.printing import echo
from delay.text.duration import format_duration

if TYPE_CHECKING:
    from rich.progress import Progress

_DRAWN_AFTER_SECONDS = 1.0
_DRAWN_EVERY_SECONDS = 0.1
_PRINTED_EVERY_SECONDS = 10.0


class ProgressDisplay:
    """Shows on standard error how far an operation is, until the context ends.

    `doing` says what is done, such as `Cancelling`. `total` is None if it is not known.
    """

    def __init__(
        self, doing: str, total: int | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._doing = doing
        self._total = total
        self._monotonic = monotonic
        self._began = monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._next_at = self._began + (_DRAWN_AFTER_SECONDS if self._is_terminal else _PRINTED_EVERY_SECONDS)
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        if self._bar:
            self._bar.stop()

    def update(self, done: int) -> None:
        """Show the progress, unless that was done just now."""
        now = self._monotonic()
        if now < self._next_at:
            return
        self._next_at = now + (_DRAWN_EVERY_SECONDS if self._is_terminal else _PRINTED_EVERY_SECONDS)
        if self._is_terminal:
            self._draw(done)
        else:
            echo(f"{self._doing}: {self._describe(done)}", err=True)

    def print(self, text: str, *, err: bool = False) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar and (err or sys.stdout.isatty()):
            self._bar.console.print(text)
        else:
            echo(text, err=err)

    def _draw(self, done: int) -> None:
        # Imported for long operations alone: a short listing should not have to wait for rich.
        from rich.progress import BarColumn, Progress, TextColumn

        from delay.cli.output.plain_console import plain_console

        if self._bar is None:
            columns = TextColumn("{task.description}"), BarColumn()
            self._bar = Progress(*columns, console=plain_console(sys.stderr), transient=True)
            self._bar.add_task(self._doing, total=self._total)
            self._bar.start()
        self._bar.update(
            self._bar.task_ids[0], completed=done, description=f"{self._doing} {self._describe(done)}"
        )

    def _describe(self, done: int) -> str:
        """Return the number done, of how many, and the time left at the rate so far."""
        if not self._total:
            return f"{done:,}"
        seconds = (self._monotonic() - self._began) * (self._total - done) / max(done, 1)
        left = format_duration(timedelta(seconds=round(max(0.0, seconds))))
        return f"{done:,} of {self._total:,}, {left} left"
