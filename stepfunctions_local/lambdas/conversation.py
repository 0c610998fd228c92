"""What an endpoint and one runtime have to say to each other, without the HTTP between them."""

import asyncio
from typing import TypeAlias, TypeVar

from stepfunctions_local.lambdas.invocation import Answered, Delivery, Ending, Exited

Readiness: TypeAlias = Answered | Exited | None
Value = TypeVar("Value")


class Conversation:
    """One runtime's turns. It is ready, then gets an invocation and answers it, again and again.

    `ready` becomes None when the runtime first asks for work, or says what kept it from that.
    """

    def __init__(self) -> None:
        self.ready: asyncio.Future[Readiness] = asyncio.get_running_loop().create_future()
        self._deliveries: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._request_id = ""
        self._reply: asyncio.Future[Ending] | None = None

    def give(self, delivery: Delivery) -> asyncio.Future[Ending]:
        """Hand over an invocation; what comes back is how it ended."""
        self._request_id = delivery.invocation.request_id
        self._reply = asyncio.get_running_loop().create_future()
        self._deliveries.put_nowait(delivery)
        return self._reply

    async def next(self) -> Delivery | None:
        """Say that the runtime is ready; returns when there is work, or None when there will be none."""
        settle(self.ready, None)
        return await self._deliveries.get()

    def fail_to_start(self, body: bytes) -> None:
        """Say that the runtime could not load its handler, and why."""
        settle(self.ready, Answered(body, failed=True))

    def answer(self, request_id: str, ending: Ending) -> bool:
        """Answer the invocation of that id; False if it is not the one under way."""
        if self._reply is None or self._reply.done() or request_id != self._request_id:
            return False
        self._reply.set_result(ending)
        return True

    def end(self, code: int) -> None:
        """Say that the runtime's process has ended."""
        self._deliveries.put_nowait(None)
        settle(self.ready, Exited(code))
        if self._reply:
            settle(self._reply, Exited(code))


def settle(future: "asyncio.Future[Value]", value: Value) -> None:
    """Set a result, unless there is one: the first word counts."""
    if not future.done():
        future.set_result(value)
