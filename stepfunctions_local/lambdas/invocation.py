"""One call of a function: what goes in, what can end it, and what comes out."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call. `event` is JSON in UTF-8; `client_context` is JSON, too, in ASCII, for it becomes a header."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str
    client_context: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler returned `body`, or, where it `failed`, raised what `body` describes."""

    body: bytes
    failed: bool = False


@dataclass(frozen=True, slots=True)
class AnswerTooLarge:
    """The handler returned more than Lambda takes."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The process ended: `code` is its exit code, or negative the signal that killed it."""

    code: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The function's time was over; `timeout_seconds` is its setting."""

    timeout_seconds: int


Ending: TypeAlias = Answered | AnswerTooLarge | Exited | TimedOut


@dataclass(frozen=True, slots=True)
class InvocationOutcome:
    """What the caller hears: the payload, whether it is an error, and the last 4 KB of the log."""

    payload: bytes
    failed: bool
    log_tail: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """An invocation on its way to the runtime, which has until `deadline_ms` (Unix time) to answer."""

    invocation: Invocation
    deadline_ms: int
