"""The width of standard output, found without rich, which `delay list` need not import."""

import shutil
import sys

PIPE_WIDTH = 120
"""Columns in a pipe."""


def output_width() -> int:
    """Return the columns of standard output: those of its terminal, or 120 in a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPE_WIDTH
