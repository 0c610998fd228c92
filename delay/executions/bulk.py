"""Schedules and changes any number of tasks: concurrently, within the rate limits, with a result for each."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from delay.aws.connection import StepFunctionsClient
from delay.aws.corrected_clock import CorrectedClock
from delay.errors import DelayError
from delay.executions.call_rates import CallRates
from delay.executions.listing import ExecutionListing
from delay.executions.parts import Parts
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn
from delay.listing import Listing
from delay.many.changes import change_each, return_change
from delay.many.rate_limit import RateLimiter
from delay.many.selection import Select
from delay.many.stoppable_clock import StoppableClock
from delay.many.thread_pool import ThreadPool
from delay.request import Change, Request, Result
from delay.task import Status


class BulkScheduler:
    """Schedules requests in threads. Memory stays flat: requests are consumed as results are fetched."""

    def __init__(self, parts: Parts, limiter: RateLimiter, clock: StoppableClock, concurrency: int) -> None:
        self._scheduler = parts.scheduler
        self._changes = parts.changes
        self._limiter = limiter
        self._clock = clock
        self._concurrency = concurrency

    def schedule(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Yield a result for each request, in the order of completion.

        If iterating over the requests raises, that error is raised after the results of the earlier requests.
        """
        return ThreadPool(self._schedule, self._clock, self._concurrency).run(requests)

    def _schedule(self, request: Request) -> Result:
        try:
            prepared = self._scheduler.prepare(request)
            self._limiter.take()
            return Result(request, task=self._changes.send(prepared))
        except DelayError as error:
            return Result(request, error=error)


class BulkChanges:
    """Changes tasks in threads, each as the operation on one task does, with a result for each.

    DescribeExecution keeps to its rate: a change takes several, and nothing else limits it.
    """

    def __init__(
        self,
        connect: Callable[[], StepFunctionsClient],
        machine: StateMachineArn,
        clock: CorrectedClock,
        patience: timedelta,
        rates: CallRates,
        *,
        concurrency: int,
    ) -> None:
        self._machine = machine
        self._stoppable = StoppableClock(clock.uncorrected)
        self._clock = clock.with_clock(self._stoppable)
        self._rates = rates
        self._concurrency = concurrency
        limiter = RateLimiter(rates.describe, self._clock)
        self._service = StepFunctions(connect, machine, self._clock, patience, limiter)
        self._changes = Parts(self._service, self._clock).changes

    def cancel(self, select: Select) -> Iterator[Change]:
        """Cancel the selected tasks."""
        yield from self._run(select, return_change(self._changes.cancel))

    def redrive(self, select: Select) -> Iterator[Change]:
        """Redrive the selected tasks."""
        yield from self._run(select, return_change(self._changes.redrive))

    def reschedule(self, select: Select, *, after: timedelta | None, at: datetime | None) -> Iterator[Change]:
        """Move the selected tasks to another due time."""
        yield from self._run(select, return_change(partial(self._changes.reschedule, after=after, at=at)))

    def move(self, select: Select) -> Iterator[Change]:
        """Move the selected tasks to the version or alias of the client's ARN. They keep their due times."""
        version_arn = self._service.find_version(self._machine)
        yield from self._run(select, partial(self._changes.move, version_arn=version_arn))

    def _run(self, select: Select, change: Callable[[str], Change]) -> Iterator[Change]:
        return change_each(select(self._list), change, self._stoppable, self._concurrency)

    def _list(self, status: Status, prefix: str) -> Listing:
        return ExecutionListing(
            self._service, self._clock, self._rates, status=status, prefix=prefix, due=False
        )
