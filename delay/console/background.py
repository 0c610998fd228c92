"""Where sources read behind the pages: threads, and the clock of their pace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Final


@dataclass(frozen=True, slots=True)
class Background:
    """Runs functions beside the pages by `start`. `monotonic` and `sleep` are its clock, in seconds."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    start: Callable[[Callable[[], None]], object]


def _start_thread(work: Callable[[], None]) -> None:
    """Run a function in a thread that does not keep the process from ending."""

    def run() -> None:
        try:
            work()
        except RuntimeError as error:  # the process ends: a pool of threads takes no more work
            if "interpreter shutdown" not in str(error):
                raise

    Thread(target=run, name="delay-console-reads", daemon=True).start()


THREADS: Final = Background(time.monotonic, time.sleep, _start_thread)
"""A thread for each function, and this computer's clock."""
