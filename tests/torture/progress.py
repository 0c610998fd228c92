"""How far a scenario is: a bar on a terminal, a line now and then in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Advance = Callable[[int], None]
"""Says how many of the steps are done."""

_PLAIN_LINES = 5


@contextmanager
def progress(what: str, total: int, console: Console) -> Iterator[Advance]:
    """Show how many of `total` steps are done."""
    if not console.is_terminal:
        yield _plain(what, total, console)
        return
    with Progress(console=console) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _plain(what: str, total: int, console: Console) -> Advance:
    shown = 0

    def advance(done: int) -> None:
        nonlocal shown
        if done * _PLAIN_LINES >= (shown + 1) * total:
            shown = done * _PLAIN_LINES // total
            console.print(f"{what}: {done:,} of {total:,}")

    return advance
