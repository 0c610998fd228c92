"""Reports lines of a file that cannot be read."""

from delay.cli.output.printing import echo
from delay.planning.trace_file import BrokenLine

_SHOWN = 10
_KEPT = 100


class BrokenLines:
    """Counts broken lines, and keeps the first 100: a file may have no other lines."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BrokenLine] = []

    def add(self, line: BrokenLine) -> None:
        """Count a line."""
        self.count += 1
        if self.count <= _KEPT:
            self.first.append(line)

    def print(self, name: str) -> None:
        """Print the first ten on standard error, and the number of the others."""
        for line in self.first[:_SHOWN]:
            echo(f"{name}:{line.number}: {line.reason}", err=True)
        if self.count > _SHOWN:
            echo(f"{name}: {self.count - _SHOWN:,} more lines cannot be read.", err=True)
