"""Lets clients take turns, call by call, in every order that there is."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import Killed

Work = Callable[[], object]

_PATIENCE_SECONDS = 30
"""After so long a test is stuck: it fails."""


@dataclass(slots=True)
class Client:
    """A client in a thread of its own. It stops before each call until it is let go on, or killed."""

    work: Work
    calls_left: int
    may_go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stands: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    is_done: bool = False
    result: object = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start, and stop before the first call."""
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Run to the first call."""
        self.thread.start()
        self._await()

    def go_on(self) -> None:
        """Make one call, and run to the next or to the end."""
        self.may_go.release()
        self._await()

    def stop(self) -> None:
        """Stand before a call."""
        self.stands.release()
        assert self.may_go.acquire(timeout=_PATIENCE_SECONDS)
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Killed

    def _await(self) -> None:
        assert self.stands.acquire(timeout=_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - whatever comes of it is the result
            self.result = error
        self.is_done = True
        self.stands.release()


def take_turns(
    sfn: FakeStepFunctions, works: Sequence[Work], choices: Sequence[int], calls: Sequence[int] = ()
) -> tuple[list[object], list[int]]:
    """Run clients, the next call by the one that `choices` says, the first where it says no more.

    `calls` is how many each may make before it is killed. Returns their results, and how many clients could
    have been chosen at each step.
    """
    clients = [
        Client(work, left) for work, left in zip(works, chain(calls, repeat(sys.maxsize)), strict=False)
    ]
    by_thread = {client.thread: client for client in clients}
    sfn.watch(
        lambda _method, moment: (
            by_thread[threading.current_thread()].stop() if moment is Moment.BEFORE else None
        )
    )
    for client in clients:
        client.start()
    options: list[int] = []
    while under_way := [client for client in clients if not client.is_done]:
        choice = choices[len(options)] if len(options) < len(choices) else 0
        options.append(len(under_way))
        under_way[choice % len(under_way)].go_on()
    sfn.watch(None)
    return [client.result for client in clients], options


def every_order(run: Callable[[Sequence[int]], list[int]]) -> Iterator[list[int]]:
    """Run again and again, until all that could be chosen was; yield the choices of each run."""
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
