"""A countdown to a due time, as a bar on a terminal."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from delay.cli.output.task_text import describe_failure
from delay.task import Task
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

    def show(self, task: Task) -> None:
        """Count down to the due time of an open task. After that, its last failed call is shown."""
        self._bar.show(task.started, task.due or task.started, describe_failure(task))


class _Bar(Progress):
    """A bar that reads the clock each time it is drawn."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")
        super().__init__(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._now = now
        self._due: datetime | None = None
        self._failure = ""
        self._task: TaskID = self.add_task("", total=1, left="", visible=False)

    def show(self, started: datetime, due: datetime, failure: str) -> None:
        """Set the start, the due time, and what is known of a failed call."""
        self._due = due
        self._failure = failure
        self.update(self._task, total=(due - started).total_seconds(), visible=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar with the time that is left now."""
        for task in self.tasks:
            if self._due is not None:
                left = max(self._due - self._now(), timedelta(0))
                task.completed = (task.total or 0) - left.total_seconds()
                task.description = "Waiting" if left else "Calling"
                task.fields["left"] = format_duration(left) if left else self._failure
        yield from super().get_renderables()
