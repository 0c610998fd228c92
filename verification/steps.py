"""Tells step by step what is done, and how long each took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


class Steps:
    """Numbered steps, a line each; on a terminal the present one is shown while it is under way."""

    def __init__(self, console: Console, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._monotonic = monotonic
        self._number = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do a step as long as the context lasts; one that fails is marked as such."""
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
        """Write a line between steps."""
        self._console.print(text)
