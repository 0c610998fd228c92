"""What Step Functions is reckoned to need and to cost, checked by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.limit import Verdict
from delay.planning.plan import PlanAnswer
from delay.planning.services.step_functions import MOST_RETRIES
from delay.planning.workload import Shape, Volume, Workload
from tests.unit.delay.planning.samples import DAY, HOUR, MONTH, WEEK, limit, plan, steady, trace, unhurried

DEFINITION = Path(__file__).parents[4] / "statemachine" / "delay.asl.json"

RATES = st.floats(min_value=1e-3, max_value=1e5)
DELAYS = st.integers(min_value=0, max_value=364 * DAY)


@pytest.mark.parametrize(
    ("delay_seconds", "per_second"), [(HOUR, 277.7), (DAY, 11.57), (WEEK, 1.653), (MONTH, 0.3858), (60, 300)]
)
def test_an_account_carries_as_many_tasks_a_second_as_the_readme_says(
    delay_seconds: int, per_second: float
) -> None:
    """1,000,000 divided by the delay; with short delays, as many as may be started."""
    assert plan(steady(1, delay_seconds)).most_per_second == pytest.approx(per_second, rel=0.001)


@pytest.mark.parametrize(("per_second", "fits"), [(277, True), (278, False)])
def test_the_rate_that_an_account_carries_is_where_the_answer_changes(
    per_second: float, *, fits: bool
) -> None:
    """277 a second at an hour, not 278."""
    assert (plan(steady(per_second, HOUR)).answer is PlanAnswer.YES) is fits


def test_the_question_that_began_it_is_answered_with_yes() -> None:
    """10,000 waiting tasks are a hundredth of what an account may have open."""
    made = plan(Volume(pending=10_000).workload(Shape()))
    executions = limit(made.chosen, "open-executions")
    assert made.answer is PlanAnswer.YES
    assert (executions.needed, executions.quota.value, executions.share) == (10_000, 1_000_000, 0.01)


def test_sixty_a_second_for_a_week_are_too_many() -> None:
    """36 million open executions against 1,000,000, which AWS raises to millions."""
    made = plan(steady(60, WEEK))
    assert made.answer is PlanAnswer.NO
    assert limit(made.chosen, "open-executions").needed == 36_288_000
    assert limit(made.chosen, "open-executions").verdict is Verdict.BEYOND


def test_rates_are_compared_with_those_of_the_region() -> None:
    """60 a second are started, and each makes two transitions."""
    made = plan(steady(60, HOUR), "eu-central-1")
    start, transitions = limit(made.chosen, "start-rate"), limit(made.chosen, "transition-rate")
    assert (start.needed, start.quota.value) == (60, 150)
    assert (transitions.needed, transitions.quota.value) == (120, 800)


def test_cancelled_tasks_are_stopped_and_not_called() -> None:
    """Of 100 a second, 30 are stopped, and 70 go on to their second transition."""
    made = plan(steady(100, HOUR, Shape(cancelled=0.3)), "eu-central-1")
    stop = limit(made.chosen, "stop-rate")
    assert (stop.needed, stop.verdict) == (30, Verdict.RAISE)
    assert limit(made.chosen, "transition-rate").needed == 170


def test_nothing_is_stopped_where_nothing_is_cancelled() -> None:
    """The row is left out."""
    assert all(limit.quota.key != "stop-rate" for limit in plan(steady(1, 1)).chosen.limits)


def test_concurrency_is_the_rate_of_calls_times_how_long_they_take() -> None:
    """50 a second of 400 ms, one in ten retried, are 22."""
    made = plan(steady(50, HOUR, Shape(call_seconds=0.4, retries=0.1)))
    assert limit(made.chosen, "concurrency").needed == pytest.approx(22)


def test_tasks_that_are_due_in_the_same_second_fire_late_when_the_bucket_is_empty() -> None:
    """20,000 transitions find 5,000 tokens, and 5,000 more each second: the last goes three seconds late."""
    made = plan(Volume(1, HOUR, same_second=20_000).workload(Shape()))
    burst = limit(made.chosen, "transition-burst")
    assert (burst.needed, burst.verdict) == (20_000, Verdict.RAISE)
    assert "the last fires 3 s late" in burst.to_do
    assert limit(made.chosen, "concurrency").needed == pytest.approx(20_000.1)


def test_a_trace_shows_how_many_were_started_at_once() -> None:
    """1,600 in one moment find 1,300 tokens, and 300 more after a second."""
    made = plan(Workload.of_trace(trace(*[(0, 60)] * 1_600, (100, 60)), Shape()))
    burst = limit(made.chosen, "start-burst")
    assert (burst.needed, burst.verdict) == (1_600, Verdict.RAISE)
    assert "the last is started 1 s late" in burst.to_do


def test_starting_all_that_wait_takes_as_long_as_the_quota_makes_it() -> None:
    """10,000: 1,300 at once, and 8,700 at 300 a second."""
    assert plan(Volume(pending=10_000).workload(Shape())).start_seconds == 29


def test_the_history_holds_every_event_of_every_call_that_the_definition_allows() -> None:
    """Six around the calls, and three for each of nineteen."""
    states = json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]
    retries = sum(retry["MaxAttempts"] for retry in states["CallFunction"]["Retry"])
    assert retries == MOST_RETRIES
    assert limit(plan(steady(1, 1)).chosen, "history-events").needed == 6 + 3 * 19


def test_the_input_is_the_payload_and_the_delay() -> None:
    """So that a payload of exactly 256 KiB is too large."""
    assert plan(steady(1, 1, Shape(262_144))).answer is PlanAnswer.NO
    assert plan(steady(1, 1, Shape(262_000))).answer is PlanAnswer.YES


@pytest.mark.parametrize(("days", "answer"), [(364, PlanAnswer.YES), (365, PlanAnswer.NO)])
def test_a_task_may_wait_for_364_days(days: int, answer: PlanAnswer) -> None:
    """The last day of the year is for its call."""
    assert plan(steady(0.001, days * DAY)).answer is answer


def test_a_month_costs_two_transitions_for_each_task() -> None:
    """One a second are 2,592,000 in 30 days: 5,184,000 transitions less 4,000 at $25 a million."""
    assert plan(steady(1, HOUR)).chosen.cost.usd == pytest.approx(5_180_000 * 25 / 1e6)


def test_a_million_tasks_cost_what_the_readme_says() -> None:
    """$50 when called once, $25 for each retry, $25 when stopped; less what is free."""
    free = 4_000 * 25 / 1e6
    for shape, usd in ((Shape(), 50), (Shape(retries=1), 75), (Shape(cancelled=1), 25)):
        made = plan(Volume(pending=1e6).workload(shape))
        assert made.chosen.cost.usd == pytest.approx(usd - free)


def test_what_is_free_is_free() -> None:
    """2,000 tasks a month are 4,000 transitions."""
    assert plan(Volume(pending=2_000).workload(Shape())).chosen.cost.usd == 0


@unhurried
@given(RATES, DELAYS, st.floats(min_value=1, max_value=10))
def test_more_of_anything_never_needs_less(rate: float, delay: int, times: float) -> None:
    """Neither quotas nor money."""
    less, more = plan(steady(rate, delay)), plan(steady(rate * times, delay))
    longer = plan(steady(rate, delay + 60))
    assert less.chosen.verdict <= more.chosen.verdict
    assert less.chosen.cost.usd <= more.chosen.cost.usd
    for larger in (more, longer):
        for fewer, needed in zip(less.chosen.limits, larger.chosen.limits, strict=True):
            assert fewer.needed <= needed.needed


@unhurried
@given(RATES, DELAYS, st.integers(2, 9))
def test_so_many_times_the_rate_needs_so_many_times_as_much(rate: float, delay: int, times: int) -> None:
    """Of what depends on the rate."""
    once, often = plan(steady(rate, delay)), plan(steady(rate * times, delay))
    for key in ("open-executions", "start-rate", "transition-rate", "concurrency"):
        assert limit(often.chosen, key).needed == pytest.approx(times * limit(once.chosen, key).needed)
