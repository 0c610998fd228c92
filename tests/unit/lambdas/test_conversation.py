"""The exchange between an endpoint and a runtime."""

import asyncio

from stepfunctions_local.lambdas.conversation import Conversation
from stepfunctions_local.lambdas.invocation import Answered, Delivery, Exited, Invocation

DELIVERY = Delivery(Invocation("1", b"{}", "arn", "Root=1"), deadline_ms=0)


async def test_runtime_receives_its_invocation() -> None:
    """The runtime asks for work, gets an invocation and answers it."""
    conversation = Conversation()
    work = asyncio.create_task(conversation.next())
    assert await conversation.ready is None
    reply = conversation.give(DELIVERY)
    assert await work == DELIVERY
    assert conversation.answer("1", Answered(b"2"))
    assert await reply == Answered(b"2")


async def test_answer_to_another_invocation_is_ignored() -> None:
    """It has the ID of another invocation and changes nothing."""
    conversation = Conversation()
    reply = conversation.give(DELIVERY)
    assert not conversation.answer("0", Answered(b"late"))
    assert not reply.done()


async def test_invocation_is_answered_once() -> None:
    """A second answer is ignored."""
    conversation = Conversation()
    reply = conversation.give(DELIVERY)
    conversation.answer("1", Answered(b"first"))
    assert not conversation.answer("1", Answered(b"second"))
    assert await reply == Answered(b"first")


async def test_exit_answers_the_running_invocation() -> None:
    """A later request for work gets none."""
    conversation = Conversation()
    reply = conversation.give(DELIVERY)
    await conversation.next()
    conversation.end(3)
    assert await reply == Exited(3)
    assert await conversation.next() is None


async def test_exit_while_loading_ends_the_wait_for_readiness() -> None:
    """A process that ends while it loads the code never becomes ready."""
    conversation = Conversation()
    conversation.end(1)
    assert await conversation.ready == Exited(1)


async def test_failure_to_start_outlasts_the_following_exit() -> None:
    """The runtime reports why it cannot load the handler, then exits. The report is kept."""
    conversation = Conversation()
    conversation.fail_to_start(b"why")
    conversation.end(1)
    assert await conversation.ready == Answered(b"why", failed=True)
