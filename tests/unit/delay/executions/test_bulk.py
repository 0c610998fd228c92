"""Scheduling any number of tasks: a result for each, paced, with flat memory, whatever happens."""

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
from delay.executions.bulk import BulkScheduler, StoppableClock
from delay.executions.generations import Generations
from delay.executions.rate_limit import RateLimiter
from delay.executions.scheduling import Scheduler
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn
from delay.testing import FakeClock, FakeStepFunctions, Moment
from delay.testing.model import aws_error
from tests.unit.delay.harness import HOUR, WEEK, client

CONCURRENCY = 4
AHEAD = 2 * CONCURRENCY


def requests(count: int) -> Iterator[Request]:
    return (Request({"a": number}, after=WEEK, key=f"order-{number}") for number in range(count))


def numbers(results: list[Result]) -> list[int]:
    return sorted(int(result.request.payload["a"]) for result in results)


def open_tasks(sfn: FakeStepFunctions) -> int:
    return sum(1 for _ in client(sfn).list())


def test_each_request_has_its_result(delay: Delay, sfn: FakeStepFunctions) -> None:
    """With the task, as `schedule` returns it."""
    results = list(delay.schedule_many(requests(500), concurrency=CONCURRENCY))
    assert numbers(results) == list(range(500))
    for result in results:
        assert result.error is None
        assert result.task == delay.get(str(result.request.key))
    assert open_tasks(sfn) == 500


def test_what_cannot_be_scheduled_does_not_keep_the_others(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The error is the result, and nothing was sent for it."""
    delay.schedule({"a": -1}, after=HOUR, key="order-1")
    sfn.requests.clear()
    bad: list[Any] = [
        Request({"a": float("nan")}, after=WEEK),
        Request({"a": 2}),
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


def test_errors_can_be_told_apart(delay: Delay) -> None:
    """By their classes, as those that `schedule` raises."""
    (result,) = delay.schedule_many([Request({"expirydate": 1}, after=WEEK)])
    assert isinstance(result.error, InvalidPayload)
    assert isinstance(result.error, InvalidRequest)
    assert result.task is None


def test_the_same_keys_again_schedule_only_what_is_missing(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A run that broke off can be repeated as a whole."""
    at = sfn.clock.now() + WEEK
    again = [Request({"a": number}, at=at, key=f"order-{number}") for number in range(20)]
    list(delay.schedule_many(again[:7]))
    sfn.clock.forward(HOUR)
    results = list(delay.schedule_many([*again, Request({"a": -1}, at=at, key="order-0")]))
    assert [type(result.error) for result in results if result.error] == [DuplicateKey]
    assert open_tasks(sfn) == 20


def test_the_quota_of_the_region_is_kept(sfn: FakeStepFunctions) -> None:
    """1,300 at once and then 300 a second in us-east-1; 800 and 150 elsewhere."""
    began = sfn.clock.now()
    list(client(sfn).schedule_many(requests(1900), concurrency=1))
    assert (sfn.clock.now() - began).total_seconds() == pytest.approx(2, abs=0.05)


def test_another_rate_can_be_told(sfn: FakeStepFunctions) -> None:
    """Others may need their share of the quota, or the quota may be higher."""
    began = sfn.clock.now()
    list(client(sfn).schedule_many(requests(100), rate=CallRate(burst=10, per_second=9), concurrency=1))
    assert (sfn.clock.now() - began).total_seconds() == pytest.approx(10, abs=0.2)


def test_requests_are_taken_as_results_are_fetched(delay: Delay) -> None:
    """So memory stays flat, however many there are and however slow the reader."""
    taken = 0

    def endless() -> Iterator[Request]:
        nonlocal taken
        while True:
            taken += 1
            yield Request({"a": taken}, after=WEEK)

    results = delay.schedule_many(endless(), concurrency=CONCURRENCY)
    for fetched in range(1, 200):
        next(results)
        assert taken - fetched <= AHEAD
    results.close()  # type: ignore[attr-defined]


def test_nothing_is_taken_or_sent_before_a_result_is_fetched(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Asking for the results is free."""
    source = requests(3)
    delay.schedule_many(source)
    assert len(list(source)) == 3
    assert sfn.requests == []


def test_who_stops_fetching_stops_the_sending(delay: Delay, sfn: FakeStepFunctions) -> None:
    """No thread stays behind, and no task is sent any more."""
    results = delay.schedule_many(requests(10_000), concurrency=CONCURRENCY)
    for _ in range(10):
        next(results)
    results.close()  # type: ignore[attr-defined]
    sent = open_tasks(sfn)
    assert 10 <= sent <= 10 + AHEAD
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("delay-schedule")]
    assert open_tasks(sfn) == sent


def test_requests_that_end_in_an_error_end_so_after_their_results(
    delay: Delay, sfn: FakeStepFunctions
) -> None:
    """A file that breaks off: what was read is scheduled and told."""

    def broken() -> Iterator[Request]:
        yield from requests(50)
        raise OSError("The disk is gone")

    results = delay.schedule_many(broken(), concurrency=CONCURRENCY)
    came = [next(results) for _ in range(50)]
    with pytest.raises(OSError, match="The disk is gone"):
        next(results)
    assert numbers(came) == list(range(50))
    assert open_tasks(sfn) == 50


def test_a_minute_of_throttling_is_outlasted(sfn: FakeStepFunctions) -> None:
    """Every task is scheduled, and due when it was to be."""
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
        assert result.task.due is not None
        assert timedelta(0) <= result.task.due - due < timedelta(seconds=1)


def test_patience_can_be_none_at_all(sfn: FakeStepFunctions) -> None:
    """Then the first throttling is the result."""
    sfn.fail("start_execution", "ThrottlingException")
    (result,) = client(sfn).schedule_many(requests(1), patience=timedelta(0))
    assert isinstance(result.error, Throttled)
    assert sfn.requests == ["start_execution"]


def test_throttling_without_end_is_the_result_of_each(sfn: FakeStepFunctions) -> None:
    """Once patience is over; none is lost without a word."""
    sfn.fail("start_execution", "ThrottlingException", times=1_000_000)
    results = list(
        client(sfn).schedule_many(requests(20), concurrency=CONCURRENCY, patience=timedelta(minutes=5))
    )
    assert [type(result.error) for result in results] == [Throttled] * 20


class ReleasingClock(StoppableClock):
    """Its sleepers sleep until it is stopped."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self._released = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Sleep on."""
        assert self._released.wait(timeout=30)
        super().sleep(seconds)

    def stop(self) -> None:
        """Wake all."""
        super().stop()
        self._released.set()


def test_who_stops_fetching_wakes_who_sleeps(sfn: FakeStepFunctions) -> None:
    """Nobody waits until throttled tasks have been tried for ten minutes."""
    clock = ReleasingClock()
    sfn.fail("start_execution", "ThrottlingException", times=1_000_000)
    service = StepFunctions(sfn, StateMachineArn.of_arn(sfn.state_machine_arn), clock, timedelta(minutes=10))
    bulk = BulkScheduler(
        Scheduler(service, Generations(service, clock), clock), RateLimiter(CallRate(9, 9), clock), clock, 2
    )
    results = bulk.schedule([Request({"a": float("nan")}, after=WEEK), *requests(2)])
    assert next(results).error is not None
    results.close()  # type: ignore[attr-defined]
    assert sfn.requests.count("start_execution") <= 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("delay-schedule")]


def test_a_full_account_is_told_for_each() -> None:
    """Those that fit in are scheduled."""
    full = FakeStepFunctions(quota=30)
    results = list(client(full).schedule_many(requests(50), concurrency=CONCURRENCY))
    assert sum(result.task is not None for result in results) == 30
    assert {type(result.error) for result in results} == {OverQuota, type(None)}


def test_a_defect_is_raised_and_does_not_wait_for_ever(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It is none of the task's."""
    sfn.fail("start_execution", RuntimeError("a defect"))
    with pytest.raises(RuntimeError, match="a defect"):
        list(delay.schedule_many(requests(20), concurrency=CONCURRENCY))
