"""The end of tasks that are no longer wanted."""

import asyncio

import pytest

from stepfunctions_local.cancellation import end_tasks


async def test_cancelled_tasks_end_in_silence_and_failed_ones_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A task may have failed long before it is ended, and nothing else waits for it."""

    async def fail() -> None:
        raise ZeroDivisionError

    failed, waiting = asyncio.create_task(fail()), asyncio.create_task(asyncio.Event().wait())
    await asyncio.wait([failed])
    await end_tasks([failed, waiting])
    assert waiting.cancelled()
    assert caplog.messages == ["A task of this endpoint has failed because of a bug."]
    assert "ZeroDivisionError" in caplog.text
