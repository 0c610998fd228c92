"""Needs and costs of Step Functions, checked by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.limit import Verdict
from delay.planning.plan import PlanAnswer
from delay.planning.services.step_functions import MOST_RETRIES
from delay.planning.workload import Repeat, Shape, Volume, Workload
from tests.unit.delay.planning.samples import DAY, HOUR, MONTH, WEEK, limit, plan, steady, trace, unhurried

DEFINITION = Path(__file__).parents[4] / "statemachine" / "delay.asl.json"

RATES = st.floats(min_value=1e-3, max_value=1e5)
DELAYS = st.integers(min_value=0, max_value=364 * DAY)


@pytest.mark.parametrize(
    ("delay_seconds", "per_second"), [(HOUR, 277.7), (DAY, 11.57), (WEEK, 1.653), (MONTH, 0.3858), (60, 300)]
)
def test_account_carries_the_documented_rate(delay_seconds: int, per_second: float) -> None:
    """The rate is 1,000,000 divided by the delay, and with short delays the rate of starts."""
    assert plan(steady(1, delay_seconds)).most_per_second == pytest.approx(per_second, rel=0.001)


@pytest.mark.parametrize(("per_second", "fits"), [(277, True), (278, False)])
def test_verdict_changes_at_the_rate_of_an_account(per_second: float, *, fits: bool) -> None:
    """With a delay of an hour, 277 a second fit and 278 do not."""
    assert (plan(steady(per_second, HOUR)).executions.verdict is Verdict.FITS) is fits


def test_ten_thousand_waiting_tasks_fit() -> None:
    """This question began the project: they are a hundredth of the allowed open executions."""
    made = plan(Volume(pending=10_000).workload(Shape()))
    executions = limit(made.executions, "open-executions")
    assert made.answer is PlanAnswer.YES
    assert (executions.needed, executions.quota.value, executions.share) == (10_000, 1_000_000, 0.01)


def test_sixty_a_second_for_a_week_do_not_fit() -> None:
    """They are 36 million open executions against 1,000,000, which AWS raises to millions."""
    made = plan(steady(60, WEEK))
    assert limit(made.executions, "open-executions").needed == 36_288_000
    assert limit(made.executions, "open-executions").verdict is Verdict.BEYOND


def test_rates_are_compared_with_the_quotas_of_the_region() -> None:
    """60 tasks a second are started, and each makes two transitions."""
    made = plan(steady(60, HOUR), "eu-central-1")
    start, transitions = limit(made.executions, "start-rate"), limit(made.executions, "transition-rate")
    assert (start.needed, start.quota.value) == (60, 150)
    assert (transitions.needed, transitions.quota.value) == (120, 800)


def test_cancelled_tasks_are_stopped_and_not_called() -> None:
    """Of 100 a second, 30 are stopped and 70 make their second transition."""
    made = plan(steady(100, HOUR, Shape(cancelled=0.3)), "eu-central-1")
    stop = limit(made.executions, "stop-rate")
    assert (stop.needed, stop.verdict) == (30, Verdict.RAISE)
    assert limit(made.executions, "transition-rate").needed == 170


def test_plan_without_cancellations_has_no_stop_rate() -> None:
    """The row is left out."""
    assert all(limit.quota.key != "stop-rate" for limit in plan(steady(1, 1)).executions.limits)


def test_concurrency_is_the_call_rate_times_the_call_duration() -> None:
    """50 calls a second of 400 ms, with one in ten retried, are 22."""
    made = plan(steady(50, HOUR, Shape(call_seconds=0.4, retries=0.1)))
    assert limit(made.executions, "concurrency").needed == pytest.approx(22)


def test_tasks_due_in_the_same_second_fire_late_on_an_empty_bucket() -> None:
    """20,000 transitions find 5,000 tokens and 5,000 more each second: the last is three seconds late."""
    made = plan(Volume(1, HOUR, same_second=20_000).workload(Shape()))
    burst = limit(made.executions, "transition-burst")
    assert (burst.needed, burst.verdict) == (20_000, Verdict.RAISE)
    assert "the last fires 3 s late" in burst.to_do
    assert limit(made.executions, "concurrency").needed == pytest.approx(20_000.1)


def test_trace_shows_simultaneous_starts() -> None:
    """1,600 starts in one moment find 1,300 tokens, and 300 more after a second."""
    made = plan(Workload.of_trace(trace(*[(0, 60)] * 1_600, (100, 60)), Shape(), Repeat.STEADY))
    burst = limit(made.executions, "start-burst")
    assert (burst.needed, burst.verdict) == (1_600, Verdict.RAISE)
    assert "the last is started 1 s late" in burst.to_do


def test_quota_limits_the_start_of_all_waiting_tasks() -> None:
    """Of 10,000, 1,300 start at once and 8,700 at 300 a second."""
    assert plan(Volume(pending=10_000).workload(Shape())).start_seconds == 29


def test_history_holds_every_call_that_the_definition_allows() -> None:
    """It has six events around the calls, and three for each of nineteen calls."""
    states = json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]
    retries = sum(retry["MaxAttempts"] for retry in states["CallFunction"]["Retry"])
    assert retries == MOST_RETRIES
    assert limit(plan(steady(1, 1)).executions, "history-events").needed == 6 + 3 * 19


def test_input_is_the_payload_and_the_delay() -> None:
    """A payload of exactly 256 KiB is therefore too large."""
    assert plan(steady(1, 1, Shape(262_144))).executions.verdict is Verdict.NEVER
    assert plan(steady(1, 1, Shape(262_000))).executions.verdict is Verdict.FITS


@pytest.mark.parametrize(("days", "verdict"), [(364, Verdict.FITS), (365, Verdict.NEVER)])
def test_task_waits_for_364_days_at_most(days: int, verdict: Verdict) -> None:
    """The last day of the year is for its call."""
    assert plan(steady(0.001, days * DAY)).executions.verdict is verdict


def test_each_task_costs_two_transitions() -> None:
    """2,592,000 tasks in 30 days make 5,184,000 transitions: less 4,000, they cost $25 a million."""
    assert plan(steady(1, HOUR)).executions.cost.usd == pytest.approx(5_180_000 * 25 / 1e6)


def test_million_tasks_have_the_documented_cost() -> None:
    """They cost $50 when called once, $25 more for each retry, and $25 when stopped, less the free ones."""
    free = 4_000 * 25 / 1e6
    for shape, usd in ((Shape(), 50), (Shape(retries=1), 75), (Shape(cancelled=1), 25)):
        made = plan(Volume(pending=1e6).workload(shape))
        assert made.executions.cost.usd == pytest.approx(usd - free)


def test_free_transitions_cost_nothing() -> None:
    """2,000 tasks a month are 4,000 transitions."""
    assert plan(Volume(pending=2_000).workload(Shape())).executions.cost.usd == 0


@unhurried
@given(RATES, DELAYS, st.floats(min_value=1, max_value=10))
def test_larger_workload_never_needs_less(rate: float, delay: int, times: float) -> None:
    """This holds for quotas and for cost."""
    less, more = plan(steady(rate, delay)), plan(steady(rate * times, delay))
    longer = plan(steady(rate, delay + 60))
    assert less.executions.verdict <= more.executions.verdict
    assert less.executions.cost.usd <= more.executions.cost.usd
    for larger in (more, longer):
        for fewer, needed in zip(less.executions.limits, larger.executions.limits, strict=True):
            assert fewer.needed <= needed.needed


@unhurried
@given(RATES, DELAYS, st.integers(2, 9))
def test_needs_are_proportional_to_the_rate(rate: float, delay: int, times: int) -> None:
    """These are the needs that depend on it."""
    once, often = plan(steady(rate, delay)), plan(steady(rate * times, delay))
    for key in ("open-executions", "start-rate", "transition-rate", "concurrency"):
        assert limit(often.executions, key).needed == pytest.approx(
            times * limit(once.executions, key).needed
        )
