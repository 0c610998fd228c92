"""Rebuilds the input at every send, so that a later retry starts an execution with a shorter delay."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from delay._due import delay_seconds
from delay._payload import Payload
from delay.aws.connection import StepFunctionsClient
from delay.clock import Clock

_EVENT = "request-created.sfn.StartExecution"


class FreshInput:
    """The input of one task: its delay is computed anew at every send, by the clock of `due`.

    `last_input` is the last one built.
    """

    def __init__(self, payload: Payload, due: datetime, clock: Clock) -> None:
        self._payload = payload
        self._due = due
        self._clock = clock
        self.last_input = ""

    def build(self) -> str:
        """Return the input for a request that is sent now."""
        self.last_input = self._payload.build_input(delay_seconds(self._due, self._clock.now()))
        return self.last_input


_current: ContextVar[FreshInput | None] = ContextVar("delay_fresh_input", default=None)


def rebuild_input_on_retry(sfn: StepFunctionsClient) -> None:
    """Rebuild the input on every retry boto3 makes; otherwise it would resend the old delay."""
    # First, because another handler of the same event signs the request.
    sfn.meta.events.register_first(_EVENT, _rebuild_input, unique_id="delay-rebuild-input")


@contextmanager
def use_fresh_input(fresh_input: FreshInput) -> Iterator[None]:
    """Rebuild the input of every request that this thread sends within the context."""
    token = _current.set(fresh_input)
    try:
        yield
    finally:
        _current.reset(token)


def _rebuild_input(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore has no types
    fresh_input = _current.get()
    if fresh_input is not None:
        request.data = json.dumps(json.loads(request.data) | {"input": fresh_input.build()}).encode()
