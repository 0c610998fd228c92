"""The event sources of a build that is replaced, and of a clock that is skipped."""

from datetime import UTC, datetime, timedelta

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.event_sources.event_sources import EventSources
from stepfunctions_local.event_sources.ports import Answer
from stepfunctions_local.event_sources.queue_poller import QueuePoller
from stepfunctions_local.event_sources.schedule_timer import ScheduleTimer
from stepfunctions_local.template.event_sources import QueueSource, ScheduleSource
from stepfunctions_local.template.schedule_expression import Rate
from tests.unit.event_sources.fakes import FakeFunction, FakeQueue, message, turn

WORK = QueueSource("F.Messages", "F", "arn:aws:sqs:us-east-1:123456789012:Work")
MORE = QueueSource("G.Messages", "G", "arn:aws:sqs:us-east-1:123456789012:More")
TICK = ScheduleSource("Tick", "F", Rate(timedelta(minutes=1)))


class Harness:
    """Event sources over a fake queue, a fake function and a clock that a test moves."""

    def __init__(self, patience_seconds: float = 60) -> None:
        self.queue, self.function = FakeQueue([]), FakeFunction()
        self.more = FakeQueue([])
        self.clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
        self.started: list[str] = []
        self.sources = EventSources(self.start_queue, self.start_schedule, patience_seconds=patience_seconds)

    def start_queue(self, source: QueueSource) -> QueuePoller:
        """Make a poller of one of the fake queues."""
        self.started.append(source.name)
        queue = self.more if source == MORE else self.queue
        return QueuePoller(source, queue, self.invoke, sleep=turn)

    async def invoke(self, name: str, event: bytes) -> Answer:
        """Call a function, which takes some turns. F sends a message to the queue of G for each batch."""
        for _ in range(10):
            await turn()
        if name == "F" and b"Records" in event:
            self.more.batches.append([message("b")])
        return await self.function.invoke(name, event)

    def start_schedule(self, source: ScheduleSource) -> ScheduleTimer:
        """Make a timer by the clock."""
        self.started.append(source.name)
        return ScheduleTimer(source, self.function.invoke, self.clock, Account(), sleep=turn)


async def test_skip_calls_schedules_first_and_queues_then() -> None:
    """A message that a schedule has put into a queue is taken before the skip returns."""
    harness = Harness()
    async with harness.sources as sources:
        await sources.use([WORK, TICK])
        await sources.catch_up()
        harness.queue.batches.append([message("a")])
        harness.clock.advance(timedelta(days=7))
        await sources.catch_up()
    kinds = ["Records" if "Records" in event else "tick" for event in harness.function.events]
    assert kinds[:1] == ["tick"]
    assert sorted(kinds) == ["Records", "tick", "tick"]


async def test_message_that_a_function_sends_to_the_queue_of_another_is_taken() -> None:
    """Time goes on after that, so that no call is in flight meanwhile."""
    harness = Harness()
    async with harness.sources as sources:
        await sources.use([WORK, MORE])
        harness.queue.batches.append([message("a")])
        await sources.catch_up()
        assert harness.more.deleted == ["handle-b"]


async def test_unchanged_sources_of_a_new_build_go_on() -> None:
    """Others end, and new ones start."""
    harness = Harness()
    async with harness.sources as sources:
        await sources.use([WORK, TICK])
        await sources.use([WORK])
        harness.queue.due = datetime(2026, 12, 2, tzinfo=UTC)
        assert await sources.next_due() == harness.queue.due
        await sources.use([])
        assert await sources.next_due() is None
    assert harness.started == ["F.Messages", "Tick"]


async def test_new_build_may_come_while_queues_are_asked() -> None:
    """A skip goes on with the sources that it has begun with."""
    harness = Harness()
    async with harness.sources as sources:
        await sources.use([WORK, MORE])
        harness.queue.when_asked = lambda: sources.use([WORK])
        assert await sources.next_due() is None


async def test_skip_that_waits_no_longer_for_functions_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A function may send messages to itself for ever; time goes on, and the log says so."""
    harness = Harness(patience_seconds=0)
    async with harness.sources as sources:
        await sources.use([WORK])
        harness.queue.batches.append([message("a")])
        await sources.stop_over()
    assert caplog.messages == ["Functions still take messages after 0 s: time goes on."]


async def test_bug_that_ends_a_source_is_logged_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without that, a schedule would never call again, and nothing would say why. The others go on."""

    async def fail(_timer: ScheduleTimer) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ScheduleTimer, "run", fail)
    harness = Harness()
    async with harness.sources as sources:
        await sources.use([WORK, TICK])
        await turn()
        assert caplog.messages == ["Tick has ended because of a bug in this endpoint."]
        harness.queue.batches.append([message("a")])
        await sources.stop_over()
        assert harness.queue.deleted == ["handle-a"]
