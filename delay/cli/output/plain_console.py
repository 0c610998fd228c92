"""Consoles for tables and progress bars, on a terminal or in a pipe."""

import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from delay.cli.output.printing import find_unguarded
from delay.cli.output.width import PIPE_WIDTH
from delay.text.plain import plain, plain_lines


class PlainConsole(Console):
    """A console that escapes what a terminal acts on, in all that it renders.

    A string that is printed is one line. Only rich itself moves the cursor or sets colours.
    """

    def print(self, *objects: Any, **settings: Any) -> None:  # noqa: ANN401 - rich's own
        """Print strings, each in one line, and other renderables."""
        super().print(*(plain(each) if isinstance(each, str) else each for each in objects), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render an object, text in cells of tables included."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain_lines(segment.text), segment.style)


def plain_console(file: TextIO | None = None, *, soft_wrap: bool = True) -> Console:
    """Return a console for standard output or another stream, which prints text as it is.

    It is as wide as the terminal or COLUMNS, or 120 columns in a pipe. With `soft_wrap`, long lines are left
    for the terminal to wrap.
    """
    stream = find_unguarded(file or sys.stdout)
    is_width_known = stream.isatty() or "COLUMNS" in os.environ
    return PlainConsole(
        file=stream,
        highlight=False,
        # What is printed may have brackets and colons of its own.
        markup=False,
        emoji=False,
        soft_wrap=soft_wrap,
        width=None if is_width_known else PIPE_WIDTH,
    )
