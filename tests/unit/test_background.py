"""A server in a thread of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stepfunctions_local.background import in_background


def test_tasks_that_a_server_leaves_behind_end_with_it() -> None:
    """Each can still end what it has started."""
    ended: list[str] = []
    tasks = set()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("task")

    @asynccontextmanager
    async def serve() -> AsyncIterator[None]:
        tasks.add(asyncio.create_task(wait_for_ever()))
        await asyncio.sleep(0)
        yield
        ended.append("server")

    with in_background(serve()):
        pass
    assert ended == ["server", "task"]
