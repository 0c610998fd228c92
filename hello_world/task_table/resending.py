"""Sends again the part of a batch that DynamoDB did not process, with growing pauses."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from task_table.errors import TaskTableError

Entry = TypeVar("Entry")

Sleep: TypeAlias = Callable[[float], object]
"""Waits for a number of seconds."""

_PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 0)
"""The pause after each attempt."""


class Throttled(TaskTableError):
    """DynamoDB did not process a part of a batch, however often it was sent."""


def send_until_done(
    send: Callable[[Sequence[Entry]], Sequence[Entry]], batch: Sequence[Entry], sleep: Sleep
) -> Sequence[Entry]:
    """Send a batch, then the part of it that `send` returns, and so on. Return the part that is left."""
    for pause in _PAUSES_SECONDS:
        batch = send(batch)
        if not batch:
            break
        sleep(pause * random.random())  # noqa: S311 - it spreads the attempts of many clients
    return batch


def require_done(left: Sequence[object]) -> None:
    """Require that nothing of a batch is left.

    Raises:
        Throttled: something is.

    """
    if left:
        raise Throttled(f"DynamoDB left {len(left)} of a batch in {len(_PAUSES_SECONDS)} attempts.")
