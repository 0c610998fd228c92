"""One invocation of a function: its input, the ways it can end, and its outcome."""

from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_RESPONSE_BYTES: Final = 6_291_556
"""The largest payload that Lambda returns; other services return less. Source: "Lambda quotas"."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation. `event` is JSON in UTF-8.

    `client_context` is JSON in ASCII, because it is sent as a header.
    """

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str
    client_context: str | None = None


@dataclass(frozen=True, slots=True)
class Responded:
    """The handler returned `body`; or, if it `failed`, it raised the error that `body` describes."""

    body: bytes
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ResponseTooLarge:
    """The handler returned more than Lambda allows."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The process ended. `code` is its exit code, or the negated number of the signal that killed it."""

    code: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The function ran out of time. `timeout_seconds` is its setting."""

    timeout_seconds: int


Ending: TypeAlias = Responded | ResponseTooLarge | Exited | TimedOut


@dataclass(frozen=True, slots=True)
class InvocationOutcome:
    """The response to the caller: the payload, whether it is an error, and the last 4 KB of the log.

    `log` is more of the log, for a person: its last 64 KB.
    """

    payload: bytes
    failed: bool
    log_tail: bytes
    log: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An invocation for the runtime, which must respond by `deadline_ms`, in Unix time."""

    invocation: Invocation
    deadline_ms: int
