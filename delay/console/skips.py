"""Skips of time that go on behind the pages: they call functions on their way."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future


@dataclass(slots=True)
class Skips:
    """The skips in progress. `problem` is why the latest one failed that no page has waited for."""

    problem: str | None = None
    _running: set["Future[Any]"] = field(default_factory=set)
    _ended: int = 0

    @property
    def are_running(self) -> bool:
        """Whether there is one."""
        return bool(self._running)

    @property
    def revision(self) -> str:
        """A text that changes when one begins or ends."""
        return f"{len(self._running)}.{self._ended}"

    def begin(self, skip: "Future[Any]") -> None:
        """Follow a skip to its end."""
        self.problem = None
        self._running.add(skip)
        skip.add_done_callback(self._end)

    def _end(self, skip: "Future[Any]") -> None:
        self._running.discard(skip)
        self._ended += 1
        if not skip.cancelled() and (error := skip.exception()):
            self.problem = str(error)
