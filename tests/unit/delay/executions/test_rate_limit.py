"""The quotas of calls to Step Functions, and the limiter that keeps them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay import CallRate, InvalidRequest
from delay.executions.call_rates import call_rates
from delay.many.rate_limit import RateLimiter
from delay.testing import FakeClock


@pytest.mark.parametrize(
    ("region", "start", "describe"),
    [
        ("us-east-1", CallRate(1300, 300), CallRate(300, 15)),
        ("eu-west-1", CallRate(1300, 300), CallRate(300, 15)),
        ("eu-central-1", CallRate(800, 150), CallRate(250, 10)),
        ("somewhere-new-1", CallRate(800, 150), CallRate(250, 10)),
    ],
)
def test_quotas_depend_on_the_region(region: str, start: CallRate, describe: CallRate) -> None:
    """Three Regions have larger quotas than all others."""
    rates = call_rates(region)
    assert (rates.start, rates.describe) == (start, describe)


@settings(deadline=None)
@given(
    burst=st.integers(1, 50),
    per_second=st.floats(0.1, 1000),
    pauses=st.lists(st.floats(0, 10), min_size=1, max_size=100),
)
def test_rate_is_never_exceeded(burst: int, per_second: float, pauses: list[float]) -> None:
    """No interval has more calls than the burst plus the rate times its length."""
    clock = FakeClock()
    limiter = RateLimiter(CallRate(burst, per_second), clock)
    times = []
    for pause_seconds in pauses:
        clock.sleep(pause_seconds)
        limiter.take()
        times.append(clock.monotonic())
    for first, began in enumerate(times):
        for last, ended in enumerate(times[first:], first):
            assert last - first + 1 <= burst + per_second * (ended - began) + 0.01 + per_second * 1e-5


def test_minimum_duration_matches_the_actual_duration() -> None:
    """The burst takes no time."""
    clock = FakeClock()
    limiter = RateLimiter(CallRate(10, 4), clock)
    assert [limiter.minimum_duration(calls) for calls in (0, 10, 30)] == [
        timedelta(0),
        timedelta(0),
        timedelta(seconds=5),
    ]
    began = clock.now()
    for _ in range(30):
        limiter.take()
    assert clock.now() - began == pytest.approx(timedelta(seconds=5), abs=timedelta(milliseconds=1))


@pytest.mark.parametrize(("burst", "per_second"), [(0, 5), (1, 0), (10, -1), (float("nan"), 5)])
def test_rate_that_never_allows_a_call_is_refused(burst: float, per_second: float) -> None:
    """The limiter would wait for ever."""
    with pytest.raises(InvalidRequest, match="at least one call at once"):
        CallRate(burst, per_second)
