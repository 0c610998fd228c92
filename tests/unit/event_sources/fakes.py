"""A queue, a function and a sleep for tests of event sources."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stepfunctions_local.event_sources.ports import Answer


def message(name: str, **members: Any) -> dict[str, Any]:
    """Return a message as ReceiveMessage does."""
    return {"MessageId": name, "ReceiptHandle": f"handle-{name}", "Body": name, "MD5OfBody": "x"} | members


async def turn(*_seconds: float) -> None:
    """Let others run, and take no time."""
    await asyncio.sleep(0)


@dataclass
class FakeQueue:
    """Returns these batches, one after the other, and then waits for ever."""

    batches: list[Sequence[dict[str, Any]] | Exception]
    deleted: list[str] = field(default_factory=list)
    is_gone: bool = False
    due: datetime | None = None
    when_asked: Callable[[], Awaitable[None]] = turn

    async def receive(self, count: int, wait_seconds: int) -> Sequence[dict[str, Any]]:
        """Return the next batch once there is one, or raise the next exception."""
        assert (count, wait_seconds) == (10, 20)
        while not self.batches:  # noqa: ASYNC110 - tests add batches to the list
            await asyncio.sleep(0)
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return batch

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        """Keep what was deleted."""
        self.deleted += receipt_handles

    async def next_due(self) -> datetime | None:
        """Return the time that a test has set."""
        if self.is_gone:
            raise ConnectionError
        await self.when_asked()
        return self.due

    async def is_empty(self) -> bool:
        """Return whether there is no batch left, after others had their turn, as an answer takes time."""
        if self.is_gone:
            raise ConnectionError
        await turn()
        return not self.batches


@dataclass
class FakeFunction:
    """Answers with these, one after the other; then with null."""

    answers: list[Answer | Exception] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    async def invoke(self, _name: str, event: bytes) -> Answer:
        """Keep the event, and answer."""
        self.events.append(json.loads(event))
        answer = self.answers.pop(0) if self.answers else Answer(b"null", failed=False)
        if isinstance(answer, Exception):
            raise answer
        return answer
