"""Where tables and bars are drawn: a terminal, or a pipe that wants plain text."""

import sys
from typing import TextIO

from rich.console import Console

PIPE_WIDTH = 120
"""Columns where there is no terminal to ask."""


def plain_console(file: TextIO | None = None) -> Console:
    """Draw on standard output, or on another stream."""
    width = None if (file or sys.stdout).isatty() else PIPE_WIDTH
    # What is printed may hold brackets and colons of its own: markup and emoji stay off.
    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)
