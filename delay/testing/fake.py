"""A service in memory: its clock, the calls of its function, and the errors that a test asks for."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from delay.testing.clock import FakeClock
from delay.testing.faults import Fault, Faults, Moment
from delay.testing.function import Call, Function


class Fake(ABC):
    """A service whose due changes have all happened when an operation returns or `calls` is read."""

    def __init__(self, function: Function, clock: FakeClock | None) -> None:
        self.clock = clock or FakeClock()
        self.requests: list[str] = []
        """The names of the operations that were called, in order."""
        self._function = function
        self._calls: list[Call] = []
        self._faults = Faults()
        self._lock = threading.RLock()

    @property
    def calls(self) -> Sequence[Call]:
        """The calls of the function so far, one for each attempt."""
        with self._lock:
            self._catch_up()
            return tuple(self._calls)

    def fail(
        self, operation: str, error: str | BaseException, *, moment: Moment = Moment.BEFORE, times: int = 1
    ) -> None:
        """Make the next `times` calls of an operation raise an error: AWS's, by its code, or any other."""
        if isinstance(error, str):
            error = self._build_error(operation, error)
        self._faults.pending.append(Fault(operation, error, moment, times))

    def watch(self, watcher: Callable[[str, Moment], None] | None) -> None:
        """Call `watcher` with the name of each operation, before and after it takes effect. It may raise."""
        self._faults.watch = watcher

    @contextmanager
    def _carry_out(self, operation: str) -> Iterator[None]:
        """Carry out an operation of a client, after all that was due before."""
        self.requests.append(operation)
        self._faults.raise_pending(operation, Moment.BEFORE)
        with self._lock:
            self._catch_up()
            yield
            self._catch_up()
        self._faults.raise_pending(operation, Moment.AFTER)

    @abstractmethod
    def _catch_up(self) -> None:
        """Apply all changes that are due, in order of time."""

    @abstractmethod
    def _build_error(self, operation: str, code: str) -> Exception:
        """Return the error that boto3 raises for a code of AWS."""
