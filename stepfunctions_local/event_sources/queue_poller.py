"""Receives messages of a queue in batches, and calls a function with each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.event_sources.batch import build_event, find_succeeded
from stepfunctions_local.event_sources.ports import Invoke, Message, Queue
from stepfunctions_local.template.event_sources import QueueSource

WAIT_SECONDS: Final = 20
"""How long a receive waits for a message: the longest that SQS allows."""

_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.05

_LOG: Final = logging.getLogger(__name__)


class QueuePoller:
    """Polls until it is cancelled. No failure of one batch ends it.

    What the function is done with is deleted. The rest comes again after the queue's visibility timeout.
    """

    def __init__(
        self,
        source: QueueSource,
        queue: Queue,
        invoke: Invoke,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self.taken = 0
        """How many messages the function is done with."""
        self._queue = queue
        self._invoke = invoke
        self._sleep = sleep
        self._slots = asyncio.Semaphore(source.concurrency)
        self._batches: set[asyncio.Task[None]] = set()
        self._pause = 0.0

    async def run(self) -> None:
        """Receive a batch whenever there is room for one more."""
        try:
            while True:
                await self._slots.acquire()
                self._start(await self._receive())
        finally:
            await end_tasks(self._batches)

    @property
    def is_calling(self) -> bool:
        """Whether a batch is in flight."""
        return bool(self._batches)

    async def catch_up(self) -> None:
        """Return once there is nothing to receive and no batch in flight."""
        # The queue comes first: a message that it has no longer may be in a batch that began meanwhile.
        while not await self._is_empty() or self._batches:
            await self._sleep(_LOOK_SECONDS)

    async def next_due(self) -> datetime | None:
        """Return when (UTC) the next hidden message can be received; None if none is known."""
        try:
            return await self._queue.next_due()
        except Exception:  # noqa: BLE001 - the next receive says why
            return None

    async def _is_empty(self) -> bool:
        """Return whether there is nothing to receive, or nothing can be received."""
        try:
            return await self._queue.is_empty()
        except Exception:  # noqa: BLE001 - the next receive says why
            return True

    def _start(self, messages: Sequence[Message]) -> None:
        if not messages:
            self._slots.release()
            return
        batch = asyncio.create_task(self._deliver(messages))
        self._batches.add(batch)
        batch.add_done_callback(self._finish)

    def _finish(self, batch: asyncio.Task[None]) -> None:
        self._batches.discard(batch)
        self._slots.release()

    async def _receive(self) -> Sequence[Message]:
        try:
            messages = await self._queue.receive(self.source.batch_size, WAIT_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is a next time
            if not self._pause:
                _LOG.warning("%s: no messages can be received: %s", self.source.name, error)
            self._pause = min(max(_FIRST_PAUSE_SECONDS, 2 * self._pause), _LONGEST_PAUSE_SECONDS)
            await self._sleep(self._pause)
            return ()
        self._pause = 0.0
        return messages

    async def _deliver(self, messages: Sequence[Message]) -> None:
        source = self.source
        try:
            answer = await self._invoke(source.function, build_event(messages, source.queue_arn))
            done = find_succeeded(messages, answer, reports_failures=source.reports_failures)
            self.taken += len(done)
            await self._queue.delete([message["ReceiptHandle"] for message in done])
        except Exception as error:  # noqa: BLE001 - the messages come again
            _LOG.warning("%s: %d messages come again: %s", source.name, len(messages), error)
