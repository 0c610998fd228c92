"""Prints each step with its duration and outcome."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


class Steps:
    """Numbered steps, a line each. A terminal also shows the step in progress."""

    def __init__(self, console: Console, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._monotonic = monotonic
        self._number = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the step in the context, and print it as ok or failed."""
        self._number += 1
        began = self._monotonic()
        outcome = "failed"
        try:
            with self._console.status(f"{self._number:>2}  {name} ..."):
                yield
            outcome = "ok"
        finally:
            seconds = self._monotonic() - began
            self._console.print(f"{self._number:>2}  {seconds:5.1f} s  {outcome:<6}  {name}")

    def say(self, text: str) -> None:
        """Print a line between steps."""
        self._console.print(text)
