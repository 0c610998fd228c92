"""The exchange between an endpoint and one runtime, without the HTTP that carries it."""

import asyncio
from typing import TypeAlias, TypeVar

from stepfunctions_local.lambdas.invocation import Delivery, Ending, Exited, Responded

Readiness: TypeAlias = Responded | Exited | None
Value = TypeVar("Value")


class AlreadyPolling(Exception):
    """The runtime is waiting for its next invocation already."""


class RuntimeSession:
    """One runtime's session: it becomes ready, then takes invocations and responds to them, one at a time.

    `ready` resolves to None when the runtime first asks for work, or to the reason why it cannot.
    """

    def __init__(self) -> None:
        self.ready: asyncio.Future[Readiness] = asyncio.get_running_loop().create_future()
        self._polling = False
        self._settled = asyncio.Event()
        self._deliveries: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._request_id = ""
        self._reply: asyncio.Future[Ending] | None = None

    def deliver(self, delivery: Delivery) -> asyncio.Future[Ending]:
        """Hand an invocation to the runtime, and return a future of how it ends."""
        self._request_id = delivery.invocation.request_id
        self._reply = asyncio.get_running_loop().create_future()
        self._deliveries.put_nowait(delivery)
        return self._reply

    async def next(self) -> Delivery | None:
        """Mark the runtime as ready and return its next invocation; None if its process has ended.

        Raises:
            AlreadyPolling: another call is waiting.

        """
        if self._polling:
            raise AlreadyPolling
        set_result_once(self.ready, None)
        self._polling = True
        self._settled.set()
        try:
            delivery = await self._deliveries.get()
            if delivery:
                self._settled.clear()
            return delivery
        finally:
            self._polling = False

    def fail_init(self, body: bytes) -> None:
        """Record that the runtime could not load its handler. `body` describes the error."""
        set_result_once(self.ready, Responded(body, failed=True))

    def respond(self, request_id: str, ending: Ending) -> bool:
        """End the invocation with this id. Return False if it is not the current one."""
        if self._reply is None or self._reply.done() or request_id != self._request_id:
            return False
        self._reply.set_result(ending)
        return True

    async def settle(self) -> None:
        """Wait until the runtime asks for its next invocation, or its process ends."""
        await self._settled.wait()

    def end(self, code: int) -> None:
        """Record that the runtime's process has ended, and end its current invocation."""
        self._deliveries.put_nowait(None)
        self._settled.set()
        set_result_once(self.ready, Exited(code))
        if self._reply:
            set_result_once(self._reply, Exited(code))


def set_result_once(future: "asyncio.Future[Value]", value: Value) -> None:
    """Set a future's result if it has none yet: the first one counts."""
    if not future.done():
        future.set_result(value)
