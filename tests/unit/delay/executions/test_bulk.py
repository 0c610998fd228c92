"""Scheduling many tasks: a result for each, within the rate, with flat memory, even after failures."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from delay import (
    CallRate,
    Delay,
    DuplicateKey,
    InvalidPayload,
    InvalidRequest,
    OverQuota,
    Request,
    Result,
    Throttled,
)
from delay.aws.corrected_clock import CorrectedClock
from delay.executions.bulk import BulkScheduler
from delay.executions.parts import Parts
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn
from delay.many.rate_limit import RateLimiter
from delay.many.stoppable_clock import StoppableClock
from delay.testing import FakeClock, FakeStepFunctions, Moment
from delay.testing.model import aws_error
from tests.unit.delay.harness import HOUR, WEEK, client

CONCURRENCY = 4
MAX_IN_FLIGHT = 2 * CONCURRENCY


def requests(count: int) -> Iterator[Request]:
    return (Request({"a": number}, after=WEEK, key=f"order-{number}") for number in range(count))


def numbers(results: list[Result]) -> list[int]:
    return sorted(int(result.request.payload["a"]) for result in results)


def count_open_tasks(sfn: FakeStepFunctions) -> int:
    return sum(1 for _ in client(sfn).list())


def test_each_request_has_a_result(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It has the task, as `schedule` returns it."""
    results = list(delay.schedule_many(requests(500), concurrency=CONCURRENCY))
    assert numbers(results) == list(range(500))
    for result in results:
        assert result.error is None
        assert result.task == delay.get(str(result.request.key))
    assert count_open_tasks(sfn) == 500


def test_refused_request_does_not_stop_the_others(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its result is the error, and no call is made for it."""
    delay.schedule({"a": -1}, after=HOUR, key="order-1")
    sfn.requests.clear()
    bad: list[Any] = [
        Request({"a": float("nan")}, after=WEEK),
        Request({"a": 2}),  # type: ignore[call-overload]  # as a caller without a type checker
        Request({"a": 3}, after=WEEK, key="x" * 81),
        {"a": 4},
    ]
    results = list(delay.schedule_many([*bad, *requests(3)], concurrency=CONCURRENCY))
    kinds = sorted(type(result.error).__name__ for result in results)
    assert kinds == sorted(
        [
            "InvalidPayload",
            "InvalidDueTime",
            "InvalidKey",
            "InvalidRequest",
            "NoneType",
            "DuplicateKey",
            "NoneType",
        ]
    )
    assert sfn.requests.count("start_execution") == 3


def test_error_of_a_result_has_the_class_that_schedule_raises(delay: Delay) -> None:
    """Callers distinguish the errors of results as they do those of `schedule`."""
    (result,) = delay.schedule_many([Request({"expirydate": 1}, after=WEEK)])
    assert isinstance(result.error, InvalidPayload)
    assert isinstance(result.error, InvalidRequest)
    assert result.task is None


def test_repeated_keys_schedule_only_the_missing_tasks(delay: Delay, sfn: FakeStepFunctions) -> None:
    """An interrupted run can be repeated as a whole."""
    at = sfn.clock.now() + WEEK
    repeated = [Request({"a": number}, at=at, key=f"order-{number}") for number in range(20)]
    list(delay.schedule_many(repeated[:7]))
    sfn.clock.forward(HOUR)
    results = list(delay.schedule_many([*repeated, Request({"a": -1}, at=at, key="order-0")]))
    assert [type(result.error) for result in results if result.error] == [DuplicateKey]
    assert count_open_tasks(sfn) == 20


def test_quota_of_the_region_is_kept(sfn: FakeStepFunctions) -> None:
    """It is 1,300 calls at once and then 300 a second in us-east-1; elsewhere 800 and 150."""
    began = sfn.clock.now()
    list(client(sfn).schedule_many(requests(1900), concurrency=1))
    assert (sfn.clock.now() - began).total_seconds() == pytest.approx(2, abs=0.05)


def test_rate_can_be_chosen(sfn: FakeStepFunctions) -> None:
    """Other clients may need their share of the quota, or the quota may be higher."""
    began = sfn.clock.now()
    list(client(sfn).schedule_many(requests(100), rate=CallRate(burst=10, per_second=9), concurrency=1))
    assert (sfn.clock.now() - began).total_seconds() == pytest.approx(10, abs=0.2)


def test_requests_are_consumed_as_results_are_fetched(delay: Delay) -> None:
    """Memory stays flat for any number of requests and a reader of any speed."""
    consumed = 0

    def endless() -> Iterator[Request]:
        nonlocal consumed
        while True:
            consumed += 1
            yield Request({"a": consumed}, after=WEEK)

    results = delay.schedule_many(endless(), concurrency=CONCURRENCY)
    for fetched in range(1, 200):
        next(results)
        assert consumed - fetched <= MAX_IN_FLIGHT
    results.close()  # type: ignore[attr-defined]


def test_nothing_is_consumed_or_sent_before_the_first_fetch(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Creating the iterator is free."""
    source = requests(3)
    delay.schedule_many(source)
    assert len(list(source)) == 3
    assert sfn.requests == []


def test_closed_iterator_sends_no_more_tasks(delay: Delay, sfn: FakeStepFunctions) -> None:
    """No thread stays behind."""
    results = delay.schedule_many(requests(10_000), concurrency=CONCURRENCY)
    for _ in range(10):
        next(results)
    results.close()  # type: ignore[attr-defined]
    sent = count_open_tasks(sfn)
    assert 10 <= sent <= 10 + MAX_IN_FLIGHT
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("delay-many")]
    assert count_open_tasks(sfn) == sent


def test_error_of_the_requests_is_raised_after_their_results(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A file can break off: the tasks read before are scheduled and returned."""

    def broken() -> Iterator[Request]:
        yield from requests(50)
        raise OSError("The disk is gone")

    results = delay.schedule_many(broken(), concurrency=CONCURRENCY)
    results_before_the_error = [next(results) for _ in range(50)]
    with pytest.raises(OSError, match="The disk is gone"):
        next(results)
    assert numbers(results_before_the_error) == list(range(50))
    assert count_open_tasks(sfn) == 50


def test_minute_of_throttling_is_outlasted(sfn: FakeStepFunctions) -> None:
    """Every task is scheduled, and due when it was meant to be."""
    end, due = sfn.clock.now() + timedelta(minutes=1), sfn.clock.now() + WEEK

    def throttle(method: str, moment: Moment) -> None:
        if moment is Moment.BEFORE and sfn.clock.now() < end:
            raise aws_error(method, "ThrottlingException", "Rate exceeded")

    sfn.watch(throttle)
    tasks = [Request({"a": number}, at=due, key=f"order-{number}") for number in range(100)]
    results = list(client(sfn).schedule_many(tasks, concurrency=CONCURRENCY))
    assert numbers(results) == list(range(100))
    for result in results:
        assert result.task is not None
        assert timedelta(0) <= result.task.due - due < timedelta(seconds=1)


def test_first_throttling_is_the_result_without_patience(sfn: FakeStepFunctions) -> None:
    """The call is not repeated."""
    sfn.fail("start_execution", "ThrottlingException")
    (result,) = client(sfn).schedule_many(requests(1), patience=timedelta(0))
    assert isinstance(result.error, Throttled)
    assert sfn.requests == ["start_execution"]


def test_endless_throttling_is_the_result_of_each_request(sfn: FakeStepFunctions) -> None:
    """Patience ends, and no request is left without a result."""
    sfn.fail("start_execution", "ThrottlingException", times=1_000_000)
    results = list(
        client(sfn).schedule_many(requests(20), concurrency=CONCURRENCY, patience=timedelta(minutes=5))
    )
    assert [type(result.error) for result in results] == [Throttled] * 20


class ReleasingClock(StoppableClock):
    """A clock whose sleeping threads sleep until it is stopped."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self._released = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Sleep until the clock is stopped."""
        assert self._released.wait(timeout=60)
        super().sleep(seconds)

    def stop(self) -> None:
        """Wake all sleeping threads."""
        super().stop()
        self._released.set()


def test_closed_iterator_wakes_its_sleeping_threads(sfn: FakeStepFunctions) -> None:
    """Closing does not wait until throttled tasks have been retried for ten minutes."""
    clock = ReleasingClock()
    sfn.fail("start_execution", "ThrottlingException", times=1_000_000)
    machine = StateMachineArn.of_arn(sfn.state_machine_arn)
    corrected = CorrectedClock(clock)
    service = StepFunctions(lambda: sfn, machine, corrected, timedelta(minutes=10))
    bulk = BulkScheduler(Parts(service, corrected), RateLimiter(CallRate(9, 9), clock), clock, 2)
    results = bulk.schedule([Request({"a": float("nan")}, after=WEEK), *requests(2)])
    assert next(results).error is not None
    results.close()  # type: ignore[attr-defined]
    assert sfn.requests.count("start_execution") <= 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("delay-many")]


def test_full_account_fails_each_further_request() -> None:
    """The tasks within the quota are scheduled."""
    full = FakeStepFunctions(quota=30)
    results = list(client(full).schedule_many(requests(50), concurrency=CONCURRENCY))
    assert sum(result.task is not None for result in results) == 30
    assert {type(result.error) for result in results} == {OverQuota, type(None)}


def test_defect_is_raised_without_waiting_for_ever(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A defect is not the result of a task."""
    sfn.fail("start_execution", RuntimeError("a defect"))
    with pytest.raises(RuntimeError, match="a defect"):
        list(delay.schedule_many(requests(20), concurrency=CONCURRENCY))
