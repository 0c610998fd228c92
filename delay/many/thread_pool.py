"""Runs an operation on any number of items: concurrently, with a result for each, and with flat memory."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

from delay.many.stoppable_clock import StoppableClock

T = TypeVar("T")
R = TypeVar("R")

_ITEMS_PER_THREAD: Final = 2
"""Items taken from the caller for each thread, so that no thread waits for the next one."""


class ThreadPool(Generic[T, R]):
    """Processes items in threads. Items are consumed as results are fetched."""

    def __init__(self, process: Callable[[T], R], clock: StoppableClock, concurrency: int) -> None:
        self._process = process
        self._clock = clock
        self._concurrency = concurrency
        self._done: SimpleQueue[tuple[R] | Exception] = SimpleQueue()

    def run(self, items: Iterable[T]) -> Iterator[R]:
        """Yield a result for each item, in the order of completion.

        If iterating over the items raises, that error is raised after the results of the earlier items.
        """
        in_flight = 0
        failures: list[Exception] = []
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="delay-many")
        try:
            for item in yield_until_failure(items, failures):
                pool.submit(self._run_one, item)
                in_flight += 1
                while in_flight >= self._concurrency * _ITEMS_PER_THREAD or not self._done.empty():
                    yield self._take_result()
                    in_flight -= 1
            for _ in range(in_flight):
                yield self._take_result()
        finally:
            self._clock.stop()
            pool.shutdown(cancel_futures=True)
        if failures:
            raise failures[0]

    def _take_result(self) -> R:
        done = self._done.get()
        if isinstance(done, Exception):
            raise done
        return done[0]

    def _run_one(self, item: T) -> None:
        try:
            self._done.put((self._process(item),))
        except Exception as defect:  # noqa: BLE001 - raised where results are fetched, which would wait for ever
            self._done.put(defect)


def yield_until_failure(items: Iterable[T], failures: list[Exception]) -> Iterator[T]:
    """Yield the items. An error of their iteration ends them and is appended to `failures`.

    The caller raises it, when the earlier items are done.
    """
    try:
        yield from items
    except Exception as failure:  # noqa: BLE001 - raised after the results of earlier items
        failures.append(failure)
