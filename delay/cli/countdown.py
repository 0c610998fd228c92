"""A countdown to a due time: a bar on a terminal, a line elsewhere."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

_POLL_SECONDS = 0.1


def count_down(console: Console, started: datetime, due: datetime, is_over: Callable[[], bool]) -> None:
    """Show how long it still takes until `due`, and return once it is over."""
    total_seconds = (due - started).total_seconds()
    if not console.is_terminal:
        console.print(f"Waiting until {due:%H:%M:%S} UTC ({total_seconds:.0f} s) ...")
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]:.0f} s")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Waiting", total=total_seconds, left=total_seconds)
        while not is_over():
            left_seconds = max(0.0, (due - datetime.now(UTC)).total_seconds())
            progress.update(
                bar,
                completed=total_seconds - left_seconds,
                left=left_seconds,
                description="Waiting" if left_seconds else "Calling",
            )
            time.sleep(_POLL_SECONDS)
