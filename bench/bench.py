"""What the measurements share: who is measured, how much, and where."""

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.endpoint import Endpoint, Running, running
from bench.errors import NoAnswer
from bench.figure import Figure
from bench.step_functions import StepFunctions


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done. `full` sizes are those of the targets; others show only that the bench works."""

    full: bool
    load_seconds: int
    waiting: int
    spread: int
    spread_seconds: int
    same_second: int
    growth: tuple[int, ...]
    calls: int
    bursts: int
    rounds: int


FULL = Sizes(
    full=True,
    load_seconds=10,
    waiting=100_000,
    spread=1_000,
    spread_seconds=10,
    same_second=10_000,
    growth=(1_000, 10_000, 100_000, 1_000_000),
    calls=100,
    bursts=400,
    rounds=5,
)

QUICK = Sizes(
    full=False,
    load_seconds=1,
    waiting=500,
    spread=20,
    spread_seconds=1,
    same_second=100,
    growth=(200, 1_000),
    calls=20,
    bursts=50,
    rounds=2,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run: each measurement gets an endpoint that is newly started, in a folder of its own."""

    ours: Endpoint
    peers: list[Endpoint]
    sizes: Sizes
    work: Path
    _folders: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def running(self, endpoint: Endpoint) -> Iterator[tuple[Running, StepFunctions]]:
        """Run an endpoint with a client beside it; what it wrote is removed afterwards."""
        folder = self.new_folder(endpoint.name)
        try:
            with running(endpoint, folder) as process, StepFunctions(process.url) as client:
                yield process, client
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def new_folder(self, name: str) -> Path:
        """Return the path of a folder that is not there yet."""
        return self.work / f"{next(self._folders)}-{name}"

    def each_peer(
        self, measure: Callable[[Endpoint], Figure], names: tuple[str, ...] = ()
    ) -> dict[str, Figure]:
        """Measure the peers, or those named; one that does not answer is reported so."""
        chosen = [peer for peer in self.peers if not names or peer.name in names]
        return {str(peer): self._tried(measure, peer) for peer in chosen}

    def reached(self, *, is_so: bool) -> bool | None:
        """Judge a figure, unless the run is too small to."""
        return is_so if self.sizes.full else None

    def say(self, what: str) -> None:
        """Tell a person who waits what is being done, or was found."""
        sys.stderr.write(f"{what}\n")

    def _tried(self, measure: Callable[[Endpoint], Figure], peer: Endpoint) -> Figure:
        try:
            figure = measure(peer)
        except NoAnswer as error:
            figure = Figure(f"no result: {error}"[:160])
        self.say(f"  {figure.text}")
        return figure
