"""The reads behind the pages, which happen when a test says so, and a clock that they move."""

from collections.abc import Callable
from datetime import timedelta

from delay.console.background import Background
from delay.testing import FakeClock


class Reads:
    """Notes what is started beside the pages. `clock` is the one of the tasks, which passes with `wait`."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.now = 0.0
        self._clock = clock
        self._begun: list[Callable[[], None]] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def wait(self, seconds: float) -> None:
        """Let time pass for the tasks, too."""
        self.now += seconds
        if self._clock:
            self._clock.forward(timedelta(seconds=seconds))

    def start(self, work: Callable[[], None]) -> None:
        """Note a read."""
        self._begun.append(work)

    @property
    def background(self) -> Background:
        """Where sources read behind the pages of a test."""
        return Background(self.monotonic, self.sleep, self.start)

    def finish(self) -> None:
        """Make the noted reads."""
        while self._begun:
            self._begun.pop(0)()

    def finish_one_by_one(self) -> None:
        """Make the reads of single tasks, and none of lists."""
        singles = [work for work in self._begun if "_read_wanted" in getattr(work, "__qualname__", "")]
        self._begun = [work for work in self._begun if work not in singles]
        for work in singles:
            work()
