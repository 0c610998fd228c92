"""Sends any number of tasks: several at a time, no faster than is allowed, none forgotten."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from delay.errors import DelayError
from delay.pace import Pace
from delay.request import Request, Result
from delay.scheduling import Scheduler

_AHEAD = 2
"""So many requests are taken for each thread, that none waits for the next."""


class Many:
    """A stream of results. Memory stays flat: requests are taken as results are fetched."""

    def __init__(self, scheduler: Scheduler, pace: Pace, concurrency: int) -> None:
        self._scheduler = scheduler
        self._pace = pace
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
            self._pace.take()
            return Result(request, task=self._scheduler.send(prepared))
        except DelayError as error:
            return Result(request, error=error)


def _until_failure(requests: Iterable[Request], failures: list[Exception]) -> Iterator[Request]:
    try:
        yield from requests
    except Exception as failure:  # noqa: BLE001 - raised once everything before it is told
        failures.append(failure)
