"""The event sources of the build that is served: those of queues and those of schedules."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, Final, Self

from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.engine.skip import CATCHING_UP_SECONDS
from stepfunctions_local.event_sources.queue_poller import QueuePoller
from stepfunctions_local.event_sources.schedule_timer import ScheduleTimer
from stepfunctions_local.template.event_sources import QueueSource, ScheduleSource, Source

_LOG: Final = logging.getLogger(__name__)


class EventSources:
    """Runs event sources until the context ends.

    `start_queue` and `start_schedule` make one that is not yet running.
    """

    def __init__(
        self,
        start_queue: Callable[[QueueSource], QueuePoller],
        start_schedule: Callable[[ScheduleSource], ScheduleTimer],
        *,
        patience_seconds: float = CATCHING_UP_SECONDS,
    ) -> None:
        self._start_queue = start_queue
        self._start_schedule = start_schedule
        self._patience_seconds = patience_seconds
        self._tasks: dict[Source, asyncio.Task[None]] = {}
        self._pollers: dict[Source, QueuePoller] = {}
        self._timers: dict[Source, ScheduleTimer] = {}
        self._taken = 0

    async def __aenter__(self) -> Self:
        """Begin without sources."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop them all."""
        await self.use(())

    async def use(self, sources: Iterable[Source]) -> None:
        """Run these sources. Those that run already, unchanged, go on; others end."""
        wanted = tuple(sources)
        await self._end([source for source in self._tasks if source not in wanted])
        for source in wanted:
            if source not in self._tasks:
                self._tasks[source] = asyncio.create_task(_run(self._start(source)))

    async def begin(self) -> None:
        """Return once functions have done what others wait for at the start."""
        await self._wait(timer.begin() for timer in self._timers.values())

    @property
    def fired(self) -> int:
        """How many messages functions have taken so far."""
        return self._taken + sum(poller.taken for poller in self._pollers.values())

    @property
    def is_calling(self) -> bool:
        """Whether a call of a function is in flight."""
        are_polling = any(poller.is_calling for poller in self._pollers.values())
        return are_polling or any(timer.is_calling for timer in self._timers.values())

    async def next_due(self) -> datetime | None:
        """Return when (UTC) the next hidden message can be received; None if there is none."""
        # Copies: a new build may come while a queue is asked.
        return _find_first([await poller.next_due() for poller in [*self._pollers.values()]])

    async def next_stop(self) -> datetime | None:
        """Return the next time (UTC) at which something is to be done, so that messages are there in time."""
        stops = [await timer.next_stop() for timer in [*self._timers.values()]]
        return _find_first([await self.next_due(), *stops])

    async def stop_over(self) -> None:
        """Let functions do what they have to do now and take the messages that are there."""
        await self._wait(timer.stop_over() for timer in self._timers.values())
        await self._wait([self._take_messages()])

    async def catch_up(self) -> None:
        """Call what schedules call, and let functions take the messages that are there then."""
        await self._wait(timer.catch_up() for timer in self._timers.values())
        await self.stop_over()

    async def _take_messages(self) -> None:
        """Let functions take messages until none takes any, for one may send to the queue of another."""
        taken = -1
        while taken < self.fired:
            taken = self.fired
            await asyncio.gather(*[poller.catch_up() for poller in self._pollers.values()])

    def _start(self, source: Source) -> QueuePoller | ScheduleTimer:
        if isinstance(source, QueueSource):
            poller = self._pollers[source] = self._start_queue(source)
            return poller
        timer = self._timers[source] = self._start_schedule(source)
        return timer

    async def _end(self, sources: Iterable[Source]) -> None:
        tasks = [self._tasks.pop(source) for source in sources]
        for source in sources:
            if poller := self._pollers.pop(source, None):
                self._taken += poller.taken
            self._timers.pop(source, None)
        await end_tasks(tasks)

    async def _wait(self, steps: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Wait for some steps, but not for ever: a function may send messages to itself."""
        try:
            async with asyncio.timeout(self._patience_seconds) as patience:
                await asyncio.gather(*steps)
        except TimeoutError:
            if not patience.expired():
                raise
            _LOG.warning("Functions still take messages after %g s: time goes on.", self._patience_seconds)


async def _run(runner: QueuePoller | ScheduleTimer) -> None:
    """Run an event source. A bug that ends it is logged at once, and not only when it is waited for."""
    try:
        await runner.run()
    except Exception:  # noqa: BLE001 - the other sources must go on
        _LOG.exception("%s has ended because of a bug in this endpoint.", runner.source.name)


def _find_first(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
