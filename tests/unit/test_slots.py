"""Slots are shared fairly between keys."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.slots import FairSlots, Ticket


@dataclass
class Queue:
    """Queues work that takes its slot, and records the order in which it begins."""

    slots: FairSlots
    begun: list[str] = field(default_factory=list)

    def add(self, key: str, name: str | None = None) -> Ticket:
        """Queue work of a key."""

        def begin() -> None:
            self.slots.take(key)
            self.begun.append(name or key)

        ticket = Ticket(begin)
        self.slots.queue(key, ticket)
        return ticket


def test_work_of_one_key_does_not_hold_up_another() -> None:
    """A hundred jobs of one key take its own slots alone."""
    queue = Queue(FairSlots(each=10, in_all=50))
    for _ in range(100):
        queue.add("slow")
    queue.add("fast")
    assert (queue.begun.count("slow"), queue.begun.count("fast")) == (10, 1)


def test_keys_take_turns_at_free_slots() -> None:
    """The second job of a key waits for the first ones of the others; one key is served in order."""
    queue = Queue(FairSlots(each=10, in_all=3))
    for key in ("busy", "busy", "busy"):
        queue.slots.take(key)
    for name in ("a", "b"):
        queue.slots.take(name)  # beyond the limit of all: nothing of it ran
    for name in ("a1", "a2", "a3", "b1", "b2"):
        queue.add(name[0], name)
    assert queue.begun == []
    for _ in range(3):
        queue.slots.release("busy")
    assert queue.begun == ["a1"]
    for name in ("a", "b", "a"):
        queue.slots.release(name)
    assert queue.begun == ["a1", "b1", "a2", "b2"]


def test_key_without_work_gets_a_slot_beyond_the_limit_of_all() -> None:
    """So a function that calls another one cannot block it."""
    slots = FairSlots(each=2, in_all=2)
    slots.take("a")
    slots.take("a")
    assert slots.is_free("b")
    slots.take("b")
    assert not slots.is_free("b")


def test_keys_ahead_count_as_taken() -> None:
    """A turn that starts several calls asks for each before it takes any."""
    slots = FairSlots(each=2, in_all=3)
    assert slots.is_free("a", ["a"])
    assert not slots.is_free("a", ["a", "a"])
    assert not slots.is_free("a", ["a", "b", "b"])


def test_newcomer_does_not_overtake_the_queue() -> None:
    """A key for which work waits has no free slot."""
    queue = Queue(FairSlots(each=1, in_all=9))
    queue.slots.take("a")
    queue.add("a")
    assert not queue.slots.is_free("a")
    queue.slots.release("a")
    assert queue.begun == ["a"]


def test_cancelled_ticket_is_passed_over() -> None:
    """The next one gets the slot."""
    queue = Queue(FairSlots(each=1, in_all=9))
    queue.slots.take("a")
    queue.add("a", "first").cancel()
    queue.add("a", "second")
    queue.slots.release("a")
    assert queue.begun == ["second"]


def test_work_that_needs_no_slot_leaves_it_to_the_next() -> None:
    """Such as that of an execution that has ended."""
    queue = Queue(FairSlots(each=1, in_all=9))
    queue.slots.take("a")
    queue.slots.queue("a", Ticket(lambda: None))
    queue.add("a", "next")
    queue.slots.release("a")
    assert queue.begun == ["next"]


async def test_cancelled_waiting_returns_no_slot_twice() -> None:
    """Whether it was cancelled before or after its slot was granted."""
    slots = FairSlots(each=1, in_all=9)
    go_on = asyncio.Event()

    async def hold() -> None:
        async with slots.hold("a"):
            await go_on.wait()

    holder, waiting, granted = (asyncio.create_task(hold()) for _ in range(3))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.gather(holder, waiting, return_exceptions=True)
    granted.cancel()
    await asyncio.gather(granted, return_exceptions=True)
    assert slots.taken == 0


@given(st.lists(st.sampled_from(["a", "b", "c", None])), st.integers(1, 3), st.integers(1, 6))
def test_no_slot_is_lost_and_no_limit_exceeded(steps: list[str | None], each: int, in_all: int) -> None:
    """Whatever is queued and released (None): in the end everything has begun."""
    queue, ended = Queue(FairSlots(each, in_all)), 0
    for key in [*steps, *[None] * len(steps)]:
        if key:
            queue.add(key)
        elif ended < len(queue.begun):
            ended += 1
            queue.slots.release(queue.begun[ended - 1])
        running = queue.begun[ended:]
        assert queue.slots.taken == len(running) <= max(in_all, in_all + len(set(running)) - 1)
        assert all(running.count(name) <= each for name in running)
    assert len(queue.begun) == ended == len([key for key in steps if key])
