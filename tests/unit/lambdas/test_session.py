"""The turns of an endpoint and a runtime."""

import asyncio

from stepfunctions_local.lambdas.invocation import Delivery, Exited, Invocation, Responded
from stepfunctions_local.lambdas.session import RuntimeSession

DELIVERY = Delivery(Invocation("1", b"{}", "arn", "Root=1"), deadline_ms=0)


async def test_runtime_receives_its_invocation() -> None:
    """The runtime asks for work, gets an invocation and answers it."""
    session = RuntimeSession()
    asking = asyncio.create_task(session.next())
    assert await session.ready is None
    reply = session.deliver(DELIVERY)
    assert await asking == DELIVERY
    assert session.respond("1", Responded(b"2"))
    assert await reply == Responded(b"2")


async def test_answer_to_another_invocation_is_ignored() -> None:
    """It has the ID of another invocation and changes nothing."""
    session = RuntimeSession()
    reply = session.deliver(DELIVERY)
    assert not session.respond("0", Responded(b"late"))
    assert not reply.done()


async def test_invocation_is_answered_once() -> None:
    """A second answer is ignored."""
    session = RuntimeSession()
    reply = session.deliver(DELIVERY)
    session.respond("1", Responded(b"first"))
    assert not session.respond("1", Responded(b"second"))
    assert await reply == Responded(b"first")


async def test_exit_answers_the_running_invocation() -> None:
    """A later request for work gets none."""
    session = RuntimeSession()
    reply = session.deliver(DELIVERY)
    await session.next()
    session.end(3)
    assert await reply == Exited(3)
    assert await session.next() is None


async def test_exit_while_loading_ends_the_wait_for_readiness() -> None:
    """A process that ends while it loads the code never becomes ready."""
    session = RuntimeSession()
    session.end(1)
    assert await session.ready == Exited(1)


async def test_failure_to_start_outlasts_the_following_exit() -> None:
    """The runtime reports why it cannot load the handler, then exits. The report is kept."""
    session = RuntimeSession()
    session.fail_init(b"why")
    session.end(1)
    assert await session.ready == Responded(b"why", failed=True)


async def test_session_settles_when_the_runtime_asks_for_more_or_ends() -> None:
    """Until then a runtime that has reported an error may be about to end."""
    session = RuntimeSession()
    polling = asyncio.create_task(session.next())
    await session.settle()
    session.deliver(DELIVERY)
    await polling
    settling = asyncio.create_task(session.settle())
    await asyncio.sleep(0)
    assert not settling.done()
    session.end(129)
    await settling
