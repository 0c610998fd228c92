"""Lines of a file that could not be read."""

import click

from delay.planning.trace_file import BrokenLine

_SHOWN = 10
_KEPT = 100


class BrokenLines:
    """Counts them, and keeps the first, so that a file of nothing else fills no memory and no screen."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BrokenLine] = []

    def add(self, line: BrokenLine) -> None:
        """Take note of one."""
        self.count += 1
        if self.count <= _KEPT:
            self.first.append(line)

    def tell(self, name: str) -> None:
        """Say on standard error which were left out."""
        for line in self.first[:_SHOWN]:
            click.echo(f"{name}:{line.number}: {line.reason}", err=True)
        if self.count > _SHOWN:
            click.echo(f"{name}: {self.count - _SHOWN:,} more lines cannot be read.", err=True)
