"""Retries a call while AWS throttles it."""

import random
from collections.abc import Callable
from typing import Final, TypeVar

from delay.clock import Clock
from delay.errors import Throttled

T = TypeVar("T")

_FIRST_BACKOFF_SECONDS: Final = 0.5
_LONGEST_BACKOFF_SECONDS: Final = 20.0


def retry_while_throttled(call: Callable[[], T], clock: Clock, patience_seconds: float) -> T:
    """Return what a call returns. A throttled call is repeated, with growing pauses.

    Raises:
        Throttled: the next attempt would begin when the patience is over.

    """
    deadline = clock.monotonic() + patience_seconds
    backoff_seconds = _FIRST_BACKOFF_SECONDS
    while True:
        try:
            return call()
        except Throttled:
            if clock.monotonic() + backoff_seconds > deadline:
                raise
        # With jitter, so that clients throttled together do not retry together.
        clock.sleep(random.uniform(backoff_seconds / 2, backoff_seconds))  # noqa: S311 - not for cryptography
        backoff_seconds = min(backoff_seconds * 2, _LONGEST_BACKOFF_SECONDS)
