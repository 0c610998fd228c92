"""Schedules any number of tasks: concurrently, within the rate limit, with a result for each."""

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

_REQUESTS_PER_THREAD = 2
"""Requests taken from the caller for each thread, so that no thread waits for the next one."""

_LONGEST_NAP_SECONDS = 0.2


class Stopped(Exception):
    """The clock was stopped, because no more results are fetched."""


class StoppableClock:
    """A clock whose `sleep` raises once the clock is stopped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        """Wake all sleeping threads."""
        self._is_stopped.set()

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds.

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
    """Schedules requests in threads. Memory stays flat: requests are consumed as results are fetched."""

    def __init__(
        self, scheduler: Scheduler, limiter: RateLimiter, clock: StoppableClock, concurrency: int
    ) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._limiter = limiter
        self._concurrency = concurrency
        self._done: SimpleQueue[Result | Exception] = SimpleQueue()

    def schedule(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Yield a result for each request, in the order of completion.

        If iterating over the requests raises, that error is raised after the results of the earlier requests.
        """
        in_flight = 0
        failures: list[Exception] = []
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="delay-schedule")
        try:
            for request in _yield_until_failure(requests, failures):
                pool.submit(self._process, request)
                in_flight += 1
                while in_flight >= self._concurrency * _REQUESTS_PER_THREAD or not self._done.empty():
                    yield self._take_result()
                    in_flight -= 1
            for _ in range(in_flight):
                yield self._take_result()
        finally:
            self._clock.stop()
            pool.shutdown(cancel_futures=True)
        if failures:
            raise failures[0]

    def _take_result(self) -> Result:
        result = self._done.get()
        if isinstance(result, Exception):
            raise result
        return result

    def _process(self, request: Request) -> None:
        try:
            self._done.put(self._schedule(request))
        except Exception as defect:  # noqa: BLE001 - raised where results are fetched, which would wait for ever
            self._done.put(defect)

    def _schedule(self, request: Request) -> Result:
        try:
            prepared = self._scheduler.prepare(request)
            self._limiter.take()
            return Result(request, task=self._scheduler.send(prepared))
        except DelayError as error:
            return Result(request, error=error)


def _yield_until_failure(requests: Iterable[Request], failures: list[Exception]) -> Iterator[Request]:
    try:
        yield from requests
    except Exception as failure:  # noqa: BLE001 - raised after the results of earlier requests
        failures.append(failure)
