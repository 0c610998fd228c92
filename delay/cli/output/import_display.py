"""The progress of an import: a bar on a terminal, lines in a pipe, and the first failures."""

import sys
from collections.abc import Callable
from typing import Self

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from delay.cli.output.plain_console import plain_console
from delay.cli.output.printing import echo
from delay.files.importing import Counts
from delay.files.item import Faulty
from delay.files.task_file import TaskFile
from delay.text.count import format_count

_MOST_FAILURES = 10
"""Failures that are printed. The report has all of them."""

_DRAWN_EVERY_SECONDS = 0.1
_PRINTED_EVERY_SECONDS = 10.0


class ImportDisplay:
    """Follows an import on standard error until the context ends."""

    def __init__(self, name: str, file: TaskFile, monotonic: Callable[[], float]) -> None:
        console = plain_console(sys.stderr)
        self._name = name
        self._file = file
        self._monotonic = monotonic
        self._is_terminal = console.is_terminal
        columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=file.size_bytes)
        self._failures = 0
        self._began = monotonic()
        self._first_sent: tuple[float, int] | None = None
        self._next_at = self._began + self._interval_seconds

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    @property
    def elapsed_seconds(self) -> float:
        """The time since the start of the import."""
        return self._monotonic() - self._began

    def on_failure(self, faulty: Faulty) -> None:
        """Print a line that failed, if it is one of the first ten."""
        self._failures += 1
        if self._failures <= _MOST_FAILURES:
            self.print(f"{self._name}:{faulty.line}: {faulty.reason}")
        elif self._failures == _MOST_FAILURES + 1:
            self.print(f"{self._name}: more lines fail.")

    def print(self, text: str) -> None:
        """Print a line, above the bar."""
        if self._is_terminal:
            self._bar.console.print(text)
        else:
            echo(text, err=True)

    def on_progress(self, counts: Counts) -> None:
        """Show the progress, unless that was done just now."""
        if self._monotonic() < self._next_at:
            return
        self._next_at = self._monotonic() + self._interval_seconds
        progress = f"{format_count(counts.lines, 'line')}{self._format_rate(counts)}"
        if self._is_terminal:
            self._bar.update(self._task, completed=self._file.read_bytes, description=progress)
        else:
            echo(f"{progress}, {100 * self._file.read_bytes // self._file.size_bytes} %", err=True)

    def _format_rate(self, counts: Counts) -> str:
        """Return the rate since the first task of this run: lines of earlier runs go by much faster."""
        if not counts.scheduled:
            return ""
        now = self._monotonic()
        if self._first_sent is None:
            self._first_sent = now, counts.scheduled
        began, before = self._first_sent
        return f", {(counts.scheduled - before) / (now - began):,.0f}/s" if now > began else ""

    @property
    def _interval_seconds(self) -> float:
        return _DRAWN_EVERY_SECONDS if self._is_terminal else _PRINTED_EVERY_SECONDS
