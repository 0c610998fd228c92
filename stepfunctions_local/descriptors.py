"""The file descriptors of this process, and the shares of them for connections, calls and workers.

A process without a free descriptor can neither accept a connection nor write its journal. So each share is
bounded, and all shares together leave descriptors for the rest.
"""

import resource
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

_ENOUGH: Final = 65_536
"""More are not asked for, even if the system allows more."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of a process's descriptors.

    `connections`: open connections of each listener.
    `calls`: calls of Tasks in flight. Each takes one descriptor, and one more of the listener that it calls.
    `processes`: workers of all functions together. Each takes five.
    """

    connections: int
    calls: int
    processes: int

    @classmethod
    def of(cls, descriptors: int) -> Self:
        """Return the shares of this many descriptors."""
        return cls(
            connections=max(4, min(1_000, descriptors // 5)),
            calls=max(1, min(500, descriptors // 8)),
            processes=max(1, min(50, descriptors // 16)),
        )

    @classmethod
    def of_this_process(cls) -> Self:
        """Return the shares of the descriptors that this process may open now."""
        return cls.of(_to_count(resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def raise_limit() -> None:
    """Let this process open as many descriptors as the system allows it: the usual limit is 1,024 or 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _to_count(hard)
    if _to_count(soft) < wanted:
        with suppress(OSError, ValueError):  # macOS allows fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _to_count(limit: int) -> int:
    return _ENOUGH if limit == resource.RLIM_INFINITY else min(limit, _ENOUGH)
