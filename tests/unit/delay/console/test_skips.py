"""Skips of time that go on behind the pages."""

import asyncio

from delay.console.port import PortError
from delay.console.skips import Skips


async def test_failure_of_a_skip_behind_the_pages_is_kept() -> None:
    """Until the next one begins. Each beginning and each end is a change of the pages."""
    skips = Skips()
    revisions = [skips.revision]
    skip: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    skips.begin(skip)
    revisions.append(skips.revision)
    assert skips.are_running
    skip.set_exception(PortError("Nothing answers."))
    await asyncio.wait([skip])
    await asyncio.sleep(0)
    revisions.append(skips.revision)
    assert (skips.are_running, skips.problem) == (False, "Nothing answers.")
    assert len(set(revisions)) == 3
    skips.begin(asyncio.get_running_loop().create_future())
    assert skips.problem is None
