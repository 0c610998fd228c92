"""Tries a change of a task again while other clients change the same task."""

from collections.abc import Callable
from typing import Final, TypeVar

from delay.errors import Contended

T = TypeVar("T")

_ATTEMPTS: Final = 8
"""How often a change is tried while other clients change the same task."""


def retry_contended(key: str, attempt: Callable[[], T | None]) -> T:
    """Return the first result of an attempt that is not None, which stands for a change that came first.

    Raises:
        Contended: another client was first each time.

    """
    for _ in range(_ATTEMPTS):
        result = attempt()
        if result is not None:
            return result
    raise Contended(
        f"Other clients changed the task {key!r} {_ATTEMPTS} times meanwhile. Nothing is lost: try again."
    )
