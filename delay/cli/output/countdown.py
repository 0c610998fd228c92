"""A countdown to a due time, as a bar on a terminal."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from delay.text.duration import format_duration


class Countdown:
    """Shows the time left until a due time, which may change, until the context ends.

    The bar moves by itself. In a pipe nothing is shown.
    """

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._bar = _Bar(console, now)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._bar.stop()

    def show(self, started: datetime, due: datetime) -> None:
        """Count down from a start to a due time."""
        self._bar.show(started, due)


class _Bar(Progress):
    """A bar that reads the clock each time it is drawn."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")
        super().__init__(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._now = now
        self._due: datetime | None = None
        self._task: TaskID = self.add_task("", total=1, left="", visible=False)

    def show(self, started: datetime, due: datetime) -> None:
        """Set the start and the due time."""
        self._due = due
        self.update(self._task, total=(due - started).total_seconds(), visible=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar with the time that is left now."""
        for task in self.tasks:
            if self._due is not None:
                left = max(self._due - self._now(), timedelta(0))
                task.completed = (task.total or 0) - left.total_seconds()
                task.description = "Waiting" if left else "Calling"
                task.fields["left"] = format_duration(left)
        yield from super().get_renderables()
