"""The endpoints, the sizes and the folder shared by all measurements."""

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.endpoint import Endpoint, RunningEndpoint, run_endpoint
from bench.errors import NoAnswer
from bench.figure import Figure
from bench.step_functions import StepFunctions


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the measurements; targets apply to `full` sizes only."""

    full: bool
    load_seconds: int
    waiting: int
    spread: int
    spread_seconds: int
    same_second: int
    growth: tuple[int, ...]
    calls: int
    concurrent_calls: int
    rounds: int
    table_tasks: int
    table_wait_seconds: int
    scheduled: int
    written: int
    drained_pages: int


FULL = Sizes(
    full=True,
    load_seconds=10,
    waiting=100_000,
    spread=1_000,
    spread_seconds=10,
    same_second=10_000,
    growth=(1_000, 10_000, 100_000, 1_000_000),
    calls=100,
    concurrent_calls=400,
    rounds=5,
    table_tasks=20_000,
    table_wait_seconds=7 * 86_400,
    scheduled=1_000_000,
    written=50_000,
    drained_pages=10,
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
    concurrent_calls=50,
    rounds=2,
    table_tasks=200,
    table_wait_seconds=2 * 86_400,
    scheduled=1_000,
    written=500,
    drained_pages=1,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. Each measurement starts its own endpoint, in its own folder."""

    ours: Endpoint
    peers: list[Endpoint]
    sizes: Sizes
    work: Path
    _folders: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def run(self, endpoint: Endpoint) -> Iterator[tuple[RunningEndpoint, StepFunctions]]:
        """Run an endpoint, yield it with a client, and remove its folder afterwards."""
        folder = self.new_folder(endpoint.name)
        try:
            with run_endpoint(endpoint, folder) as process, StepFunctions(process.url) as client:
                yield process, client
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # the figures matter more than what stays

    def new_folder(self, name: str) -> Path:
        """Return the path of a folder that does not exist yet."""
        return self.work / f"{next(self._folders)}-{name}"

    def measure_peers(
        self, measure: Callable[[Endpoint], Figure], names: tuple[str, ...] = ()
    ) -> dict[str, Figure]:
        """Measure all peers, or only the named ones. The figure of a silent peer is its error."""
        chosen = [peer for peer in self.peers if not names or peer.name in names]
        return {str(peer): self._measure_peer(measure, peer) for peer in chosen}

    def judge(self, *, reached: bool) -> bool | None:
        """Return whether the target was reached, or None if the run is too small to judge."""
        return reached if self.sizes.full else None

    def say(self, text: str) -> None:
        """Write a line of progress to standard error."""
        sys.stderr.write(f"{text}\n")

    def _measure_peer(self, measure: Callable[[Endpoint], Figure], peer: Endpoint) -> Figure:
        try:
            figure = measure(peer)
        except NoAnswer as error:
            figure = Figure(f"no result: {error}"[:160])
        self.say(f"  {figure.text}")
        return figure
