"""Interleaves the calls of several clients, in every possible order."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import Killed

Work = Callable[[], object]

_PATIENCE_SECONDS = 60
"""A test that waits longer is stuck, and fails."""


@dataclass(slots=True)
class Client:
    """A client in its own thread. It pauses before each call until it may continue or is killed."""

    work: Work
    calls_left: int
    may_continue: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    paused: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    is_done: bool = False
    result: object = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Create the thread."""
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Run to the first call."""
        self.thread.start()
        self._await()

    def advance(self) -> None:
        """Make one call, and run to the next or to the end."""
        self.may_continue.release()
        self._await()

    def pause(self) -> None:
        """Wait before a call. Raise Killed if the client has made all its calls."""
        self.paused.release()
        assert self.may_continue.acquire(timeout=_PATIENCE_SECONDS)
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Killed

    def _await(self) -> None:
        assert self.paused.acquire(timeout=_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - any error is a result
            self.result = error
        self.is_done = True
        self.paused.release()


def interleave(
    sfn: FakeStepFunctions, works: Sequence[Work], choices: Sequence[int], calls: Sequence[int] = ()
) -> tuple[list[object], list[int]]:
    """Run the clients call by call. `choices` picks the client of each call; after its end, the first.

    `calls` limits the calls of each client before it is killed. Return their results, and the number of
    clients to choose from at each step.
    """
    clients = [
        Client(work, left) for work, left in zip(works, chain(calls, repeat(sys.maxsize)), strict=False)
    ]
    by_thread = {client.thread: client for client in clients}
    sfn.watch(
        lambda _method, moment: (
            by_thread[threading.current_thread()].pause() if moment is Moment.BEFORE else None
        )
    )
    for client in clients:
        client.start()
    options: list[int] = []
    while running := [client for client in clients if not client.is_done]:
        choice = choices[len(options)] if len(options) < len(choices) else 0
        options.append(len(running))
        running[choice % len(running)].advance()
    sfn.watch(None)
    return [client.result for client in clients], options


def every_order(run: Callable[[Sequence[int]], list[int]]) -> Iterator[list[int]]:
    """Run until every order has been chosen, and yield the choices of each run."""
    choices: list[int] = []
    while True:
        options = run(choices)
        taken = choices + [0] * (len(options) - len(choices))
        yield taken
        while taken and taken[-1] + 1 == options[len(taken) - 1]:
            taken.pop()
        if not taken:
            return
        choices = [*taken[:-1], taken[-1] + 1]
