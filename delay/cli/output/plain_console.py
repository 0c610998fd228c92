"""Consoles for tables and progress bars, on a terminal or in a pipe."""

import os
import sys
from typing import TextIO

from rich.console import Console

from delay.cli.output.width import PIPE_WIDTH


def plain_console(file: TextIO | None = None, *, soft_wrap: bool = True) -> Console:
    """Return a console for standard output or another stream, which prints text as it is.

    It is as wide as the terminal or COLUMNS, or 120 columns in a pipe. With `soft_wrap`, long lines are left
    for the terminal to wrap.
    """
    is_width_known = (file or sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(
        file=file,
        highlight=False,
        # What is printed may have brackets and colons of its own.
        markup=False,
        emoji=False,
        soft_wrap=soft_wrap,
        width=None if is_width_known else PIPE_WIDTH,
    )
