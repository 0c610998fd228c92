"""Shows the progress of a scenario: a bar on a terminal, a few lines in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Advance = Callable[[int], None]
"""Takes the number of finished steps."""

_PLAIN_LINES = 5


@contextmanager
def progress(title: str, total: int, console: Console) -> Iterator[Advance]:
    """Show the number of finished steps, of `total`."""
    if not console.is_terminal:
        yield _make_plain_advance(title, total, console)
        return
    with Progress(console=console) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def _make_plain_advance(title: str, total: int, console: Console) -> Advance:
    shown = 0

    def advance(done: int) -> None:
        nonlocal shown
        if done * _PLAIN_LINES >= (shown + 1) * total:
            shown = done * _PLAIN_LINES // total
            console.print(f"{title}: {done:,} of {total:,}")

    return advance
