"""Lists and counts that are read behind the pages, and kept: a page shows at once what was read last."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Condition
from typing import Any, Final, Generic, TypeVar

from delay.console.background import Background
from delay.console.source import Freshness
from delay.errors import DelayError

T = TypeVar("T")

_MOST_KEPT: Final = 12
_ERROR_SECONDS: Final = 20.0
"""After this time, a read that failed is tried again."""

_LEAST_REST_SECONDS: Final = 0.25
_REST: Final = 3.0
"""How many times as long as its last read took a value rests, if it is old before its time."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which a value is old before its time.

    `revision` changes with what could be read: the value is read again after a rest.
    `epoch` changes if time was skipped: the value is read again at once.
    """

    revision: str = ""
    epoch: str = ""


NO_STAMP: Final = Stamp()


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value, None before the first read, and the monotonic time at which its read began."""

    value: T | None
    at: float
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class _Read:
    value: Any
    began: float
    ended: float
    seconds: float
    stamp: Stamp
    error: str | None = None

    def is_old(self, now: float, stamp: Stamp) -> bool:
        seconds = min(self.seconds, _ERROR_SECONDS) if self.error else self.seconds
        return now - self.ended > seconds or stamp != self.stamp

    def find_rest(self, now: float, stamp: Stamp) -> float:
        """Return how long to wait with the next read: a part of the time is enough for reading."""
        if stamp.epoch != self.stamp.epoch:
            return 0.0
        rest = max(_LEAST_REST_SECONDS, _REST * (self.ended - self.began))
        return max(0.0, self.ended + rest - now)


class KeptReads:
    """Reads values behind the pages, each by its name. Threads may share it.

    `patience_seconds` is how long a page waits for the first read of a value, and for what takes half of it.
    """

    def __init__(self, background: Background, *, patience_seconds: float = 0.0) -> None:
        self.version = 0
        self._background = background
        self._patience_seconds = patience_seconds
        self._reads: OrderedDict[str, _Read] = OrderedDict()
        self._reading: set[str] = set()
        self._outdated: set[str] = set()
        self._changed = Condition()

    def get(
        self,
        name: str,
        read: Callable[[], T],
        keep: Callable[[T | None], float],
        stamp: Stamp = NO_STAMP,
    ) -> Kept[T]:
        """Return what was last read, and have it read again behind the page if it is old.

        `keep` returns for how many seconds a value is kept; None is that of a first read that failed.
        """
        with self._changed:
            found = self._reads.get(name)
            is_old = found is None or found.is_old(self._background.monotonic(), stamp)
            begins = is_old and name not in self._reading
            if begins:
                self._reading.add(name)
        if not begins:
            return self._show(self._find(name), stamp)
        rest = found.find_rest(self._background.monotonic(), stamp) if found else 0.0
        self._background.start(lambda: self._read(name, read, keep, stamp, rest))
        if found is None or (stamp != found.stamp and found.ended - found.began < self._patience_seconds / 2):
            self._await(name, found)
        return self._show(self._find(name), stamp)

    def forget(self, is_forgotten: Callable[[str], bool]) -> None:
        """Read the values of some names anew when a page asks for them, also those that are being read."""
        with self._changed:
            self._outdated |= set(filter(is_forgotten, self._reading))
            for name in filter(is_forgotten, list(self._reads)):
                del self._reads[name]
            self.version += 1

    def _await(self, name: str, before: _Read | None) -> None:
        """Wait for a read that has begun, unless it takes long."""
        if self._patience_seconds:
            with self._changed:
                self._changed.wait_for(lambda: self._reads.get(name) is not before, self._patience_seconds)

    def _find(self, name: str) -> _Read | None:
        with self._changed:
            if name in self._reads:
                self._reads.move_to_end(name)
            return self._reads.get(name)

    def _show(self, found: _Read | None, stamp: Stamp) -> Kept[Any]:
        if found is None:
            return Kept(None, -1.0, Freshness(is_first=True))
        is_current = bool(stamp.revision) and stamp == found.stamp
        age = None if is_current else timedelta(seconds=int(self._background.monotonic() - found.ended))
        return Kept(found.value, found.began, Freshness(age, error=found.error))

    def _read(
        self, name: str, read: Callable[[], T], keep: Callable[[T | None], float], stamp: Stamp, rest: float
    ) -> None:
        if rest:
            self._background.sleep(rest)
        before, began = self._reads.get(name), self._background.monotonic()
        value, error = before.value if before else None, None
        try:
            value = read()
        except DelayError as failure:
            error = str(failure)
        finally:
            found = _Read(value, began, self._background.monotonic(), keep(value), stamp, error)
            with self._changed:
                self._reads[name] = replace(found, seconds=-1.0) if name in self._outdated else found
                self._outdated.discard(name)
                self._reading.discard(name)
                self.version += 1
                while len(self._reads) > _MOST_KEPT:
                    self._reads.popitem(last=False)
                self._changed.notify_all()
