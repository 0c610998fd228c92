"""An input that is written anew at every send, so that a retry which is sent later waits less."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from delay._due import delay_seconds
from delay._payload import Payload
from delay.aws.connection import StepFunctionsClient
from delay.clock import Clock

_EVENT = "request-created.sfn.StartExecution"
_current: ContextVar[Callable[[], str] | None] = ContextVar("delay_sending", default=None)


class FreshInput:
    """The input of one task on its way. It remembers what went out last."""

    def __init__(self, payload: Payload, due: datetime, clock: Clock) -> None:
        self._payload = payload
        self._due = due
        self._clock = clock
        self.last_input = ""

    def task_input(self) -> str:
        """Write the input for a send that happens now."""
        self.last_input = self._payload.task_input(delay_seconds(self._due, self._clock.now()))
        return self.last_input


def renew_inputs(sfn: StepFunctionsClient) -> None:
    """Have a client ask for the input again at each of its own retries, which repeat the request else."""
    # First, because the request is signed by a handler of the same event.
    sfn.meta.events.register_first(_EVENT, _renew, unique_id="delay-renew-input")


@contextmanager
def with_fresh_input(task_input: Callable[[], str]) -> Iterator[None]:
    """Take the input of what this thread sends meanwhile from there."""
    token = _current.set(task_input)
    try:
        yield
    finally:
        _current.reset(token)


def _renew(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore has no types
    task_input = _current.get()
    if task_input is not None:
        request.data = json.dumps(json.loads(request.data) | {"input": task_input()}).encode()
