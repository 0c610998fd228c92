"""SQS and Lambda's event source mapping, simulated: delayed messages, long polls, batches, more pollers."""

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bench.task_table.meter import REQUESTS, Account
from bench.task_table.timeline import Timeline
from delay.planning.request_units import BATCH_ENTRIES, count_requests
from task_table.message import Message

FIRST_POLLERS: Final = 5
_POLL_SECONDS: Final = 20
_GROWTH_SECONDS: Final = 60 / 300
"""Lambda adds 300 batches a minute. Source: "Configuring scaling behavior for SQS event source mappings"."""

Process = Callable[[Sequence[str]], float]
"""Processes a batch, and returns when it is done."""


class SimulatedQueue:
    """A queue that delivers each message once, when its delay is over, to one of the waiting receives."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._messages: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._waiting: list[Callable[[Sequence[str]], object]] = []
        self._dice = random.Random(0)  # noqa: S311 - which receive gets a message is SQS's choice
        self.on_backlog: Callable[[], object] = lambda: None
        """Called if a message is visible and no receive waits for it."""

    @property
    def has_visible(self) -> bool:
        """Whether a message can be received."""
        return bool(self._messages) and self._messages[0][0] <= self._timeline.now

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Keep messages, each hidden for its delay."""
        for message in messages:
            self.hide(message.format(), now + message.compute_delay_seconds(now))
        return []

    def hide(self, body: str, until: float) -> None:
        """Keep a message that is hidden until a time."""
        heapq.heappush(self._messages, (until, next(self._numbers), body))
        self._timeline.at(until, self._deliver)

    def receive(self, take: Callable[[Sequence[str]], object]) -> None:
        """Receive up to ten messages, or none after 20 seconds, and pass them to `take`."""
        self._waiting.append(take)
        if self.has_visible:
            self._deliver()
        else:
            self._timeline.at(self._timeline.now + _POLL_SECONDS, lambda: self._end(take))

    def _deliver(self) -> None:
        while self.has_visible and self._waiting:
            take = self._waiting.pop(self._dice.randrange(len(self._waiting)))
            take(self._pop())
        if self.has_visible:
            self.on_backlog()

    def _end(self, take: Callable[[Sequence[str]], object]) -> None:
        if take in self._waiting:
            self._waiting.remove(take)
            take([])

    def _pop(self) -> Sequence[str]:
        bodies: list[str] = []
        while self.has_visible and len(bodies) < BATCH_ENTRIES:
            bodies.append(heapq.heappop(self._messages)[2])
        return bodies


class EventSourceMapping:
    """Receives batches and processes them: five at a time, and more while messages wait."""

    def __init__(self, queue: SimulatedQueue, timeline: Timeline, account: Account, process: Process) -> None:
        self._queue = queue
        self._timeline = timeline
        self._account = account
        self._process = process
        self._pollers = FIRST_POLLERS
        self._grown = 0.0
        queue.on_backlog = self._grow

    def start(self) -> None:
        """Begin to poll."""
        for _ in range(FIRST_POLLERS):
            self._poll()

    def _poll(self) -> None:
        # An object of its own for each receive, by which the queue finds it.
        self._queue.receive(partial(self._take))

    def _take(self, bodies: Sequence[str]) -> None:
        self._account.charge(REQUESTS, count_requests(len(body.encode()) for body in bodies))
        if bodies:
            self._timeline.at(self._process(bodies), self._poll)
        elif self._pollers > FIRST_POLLERS:
            self._pollers -= 1
        else:
            self._poll()

    def _grow(self) -> None:
        if self._timeline.now - self._grown >= _GROWTH_SECONDS:
            self._grown = self._timeline.now
            self._pollers += 1
            self._poll()
