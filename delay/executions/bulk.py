"""Sends any number of tasks: several at a time, no faster than is allowed, none forgotten."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from queue import SimpleQueue

from delay.clock import Clock
from delay.errors import DelayError
from delay.executions.rate_limit import RateLimiter
from delay.executions.scheduling import Scheduler
from delay.request import Request, Result

_AHEAD = 2
"""So many requests are taken for each thread, that none waits for the next."""

_LONGEST_NAP_SECONDS = 0.2


class Stopped(Exception):
    """Nobody fetches results any more."""


class StoppableClock:
    """A clock whose sleepers wake up with an error once it is stopped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        """Wake all."""
        self._is_stopped.set()

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that nobody sets."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after so long.

        Raises:
            Stopped: the clock was stopped.

        """
        while seconds > 0:
            if self._is_stopped.is_set():
                raise Stopped
            nap_seconds = min(seconds, _LONGEST_NAP_SECONDS)
            self._clock.sleep(nap_seconds)
            seconds -= nap_seconds


class BulkScheduler:
    """A stream of results. Memory stays flat: requests are taken as results are fetched."""

    def __init__(
        self, scheduler: Scheduler, limiter: RateLimiter, clock: StoppableClock, concurrency: int
    ) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._limiter = limiter
        self._concurrency = concurrency
        self._done: SimpleQueue[Result | Exception] = SimpleQueue()

    def results(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Yield a result for each request, in the order in which they are done.

        Where the requests end in an error, it is raised after the results of those before.
        """
        under_way = 0
        failures: list[Exception] = []
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="delay-schedule")
        try:
            for request in _until_failure(requests, failures):
                pool.submit(self._work, request)
                under_way += 1
                while under_way >= self._concurrency * _AHEAD or not self._done.empty():
                    yield self._next()
                    under_way -= 1
            for _ in range(under_way):
                yield self._next()
        finally:
            self._clock.stop()
            pool.shutdown(cancel_futures=True)
        if failures:
            raise failures[0]

    def _next(self) -> Result:
        result = self._done.get()
        if isinstance(result, Exception):
            raise result
        return result

    def _work(self, request: Request) -> None:
        try:
            self._done.put(self._result(request))
        except Exception as defect:  # noqa: BLE001 - raised where the results are fetched, which would wait for ever
            self._done.put(defect)

    def _result(self, request: Request) -> Result:
        try:
            prepared = self._scheduler.prepared(request)
            self._limiter.take()
            return Result(request, task=self._scheduler.send(prepared))
        except DelayError as error:
            return Result(request, error=error)


def _until_failure(requests: Iterable[Request], failures: list[Exception]) -> Iterator[Request]:
    try:
        yield from requests
    except Exception as failure:  # noqa: BLE001 - raised once everything before it is told
        failures.append(failure)
