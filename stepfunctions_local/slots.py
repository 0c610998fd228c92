"""Slots for work of several kinds, shared fairly: many jobs of one kind do not hold up another kind."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial


@dataclass(eq=False, slots=True)
class Ticket:
    """A place in the queue for a slot. `begin` is called when a slot is free; it takes it or needs none."""

    begin: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Give up the place."""
        self.cancelled = True


class FairSlots:
    """Bounds the work that runs at a time: `each` of a key, `in_all` of all keys together.

    A key of which nothing runs gets a slot even beyond `in_all`. So work that waits for work of another key
    cannot block it.
    Keys take turns at free slots. Work of one key is served in order of arrival.
    """

    def __init__(self, each: int, in_all: int) -> None:
        self._each = each
        self._in_all = in_all
        self._taken: Counter[str] = Counter()
        self._queues: dict[str, deque[Ticket]] = {}
        self._serving = False

    @property
    def taken(self) -> int:
        """The number of slots that are taken."""
        return self._taken.total()

    def is_free(self, key: str, ahead: Sequence[str] = ()) -> bool:
        """Whether a key can have a slot at once. The keys `ahead` are going to take slots before it."""
        return key not in self._queues and self._fits(key, ahead)

    def take(self, key: str) -> None:
        """Take a slot, which the caller knows to be free."""
        self._taken[key] += 1

    def release(self, key: str) -> None:
        """Give a slot back, and serve the queues."""
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
        self._serve()

    def queue(self, key: str, ticket: Ticket) -> None:
        """Begin with a ticket once a slot is free, perhaps at once."""
        self._queues.setdefault(key, deque()).append(ticket)
        self._serve()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for a slot, and hold it until the context ends."""
        granted = asyncio.get_running_loop().create_future()
        ticket = Ticket(partial(self._grant, key, granted))
        self.queue(key, ticket)
        try:
            await granted
            yield
        finally:
            ticket.cancel()
            if granted.done() and not granted.cancelled():
                self.release(key)

    def _grant(self, key: str, granted: "asyncio.Future[None]") -> None:
        if not granted.done():
            self.take(key)
            granted.set_result(None)

    def _fits(self, key: str, ahead: Sequence[str] = ()) -> bool:
        taken = self._taken[key] + ahead.count(key)
        return not taken or (taken < self._each and self.taken + len(ahead) < self._in_all)

    def _serve(self) -> None:
        """Serve the queues as far as slots are free. A `begin` that gives back a slot does not start over."""
        if self._serving:
            return
        self._serving = True
        try:
            while (key := self._find_next()) is not None:
                self._pop(key).begin()
        finally:
            self._serving = False

    def _find_next(self) -> str | None:
        for key in [*self._queues]:
            self._drop_cancelled(key)
        return next((key for key in self._queues if self._fits(key)), None)

    def _drop_cancelled(self, key: str) -> None:
        queue = self._queues[key]
        while queue and queue[0].cancelled:
            queue.popleft()
        if not queue:
            del self._queues[key]

    def _pop(self, key: str) -> Ticket:
        """Take the first ticket of a key, whose turn comes again after the other keys."""
        queue = self._queues.pop(key)
        ticket = queue.popleft()
        if queue:
            self._queues[key] = queue
        return ticket
