"""The poller of a queue goes on, whatever happens to one batch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from stepfunctions_local.event_sources.ports import Answer
from stepfunctions_local.event_sources.queue_poller import QueuePoller
from stepfunctions_local.template.event_sources import QueueSource
from tests.unit.event_sources.fakes import FakeFunction, FakeQueue, message, turn

SOURCE = QueueSource("F.Messages", "F", "arn:aws:sqs:us-east-1:123456789012:Work", reports_failures=True)


@asynccontextmanager
async def polling(queue: FakeQueue, function: FakeFunction) -> AsyncIterator[QueuePoller]:
    poller = QueuePoller(SOURCE, queue, function.invoke, sleep=turn)
    task = asyncio.create_task(poller.run())
    try:
        await poller.catch_up()
        yield poller
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_done_messages_are_deleted_and_failed_ones_stay() -> None:
    """The failed ones come again after the visibility timeout of the queue."""
    queue = FakeQueue([[message("a"), message("b")]])
    failures = Answer(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', failed=False)
    async with polling(queue, FakeFunction([failures])):
        assert queue.deleted == ["handle-a"]


async def test_failed_batch_does_not_end_the_poller() -> None:
    """Nor does a function that cannot be called."""
    queue, function = FakeQueue([[message("a")], [message("b")], [message("c")]]), FakeFunction()
    function.answers += [OSError("no process"), Answer(b"{}", failed=True)]
    async with polling(queue, function):
        assert len(function.events) == 3
        assert queue.deleted == ["handle-c"]


async def test_queue_that_cannot_be_reached_is_tried_again() -> None:
    """After a pause, which grows."""
    queue, function = FakeQueue([OSError(), OSError(), [], [message("a")]]), FakeFunction()
    async with polling(queue, function):
        assert queue.deleted == ["handle-a"]


async def test_skip_does_not_wait_for_a_queue_that_is_gone() -> None:
    """It is as if the queue were empty."""
    queue = FakeQueue([], is_gone=True)
    async with polling(queue, FakeFunction()) as poller:
        assert await poller.next_due() is None


async def test_delayed_message_is_a_time_to_stop_at() -> None:
    """The queue knows it."""
    due = datetime(2026, 12, 1, tzinfo=UTC)
    async with polling(FakeQueue([], due=due), FakeFunction()) as poller:
        assert await poller.next_due() == due


async def test_message_taken_while_the_queue_is_asked_is_waited_for() -> None:
    """The queue is empty by then, and the batch has begun."""
    queue = FakeQueue([])
    async with polling(queue, FakeFunction()) as poller:
        queue.batches.append([message("a")])
        await poller.catch_up()
        assert queue.deleted == ["handle-a"]


async def test_poller_ends_after_its_batches() -> None:
    """A cancelled call may have a process to end."""
    function, is_ended = FakeFunction(), asyncio.Event()

    async def invoke(name: str, event: bytes) -> Answer:
        try:
            await function.invoke(name, event)
            await asyncio.Event().wait()
        finally:
            await turn()
            is_ended.set()
        raise AssertionError("never answered")

    task = asyncio.create_task(QueuePoller(SOURCE, FakeQueue([[message("a")]]), invoke, sleep=turn).run())
    while not function.events:  # noqa: ASYNC110 - the poller calls it
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert is_ended.is_set()
