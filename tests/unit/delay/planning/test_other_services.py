"""What the other services are reckoned to need and to cost, checked by hand."""

import pytest

from delay.planning.limit import Verdict
from delay.planning.workload import Shape, Volume
from tests.unit.delay.planning.samples import DAY, HOUR, WEEK, limit, offer, plan, steady

MINUTE = 60


class TestEventBridgeScheduler:
    """One schedule for each task."""

    def test_it_holds_ten_million_schedules_and_aws_raises_that_to_billions(self) -> None:
        """36 million can be had."""
        scheduler = offer(plan(steady(60, WEEK)), "Scheduler")
        assert limit(scheduler, "schedules").quota.value == 10_000_000
        assert scheduler.verdict is Verdict.RAISE

    def test_a_million_calls_cost_a_dollar_after_the_first_fourteen_million(self) -> None:
        """60 a second are 155,520,000 a month."""
        assert offer(plan(steady(60, WEEK)), "Scheduler").cost.usd == pytest.approx(141.52)

    def test_what_is_cancelled_is_not_called_and_not_paid_for(self) -> None:
        """It is deleted."""
        scheduler = offer(plan(steady(60, WEEK, Shape(cancelled=0.5))), "Scheduler")
        assert scheduler.cost.usd == pytest.approx(77.76 - 14)
        assert limit(scheduler, "delete-schedule-rate").needed == 30

    def test_it_is_not_for_those_who_cannot_wait_a_minute(self) -> None:
        """When that is said."""
        for lateness, verdict in ((None, Verdict.FITS), (60, Verdict.FITS), (59, Verdict.NEVER)):
            made = plan(steady(1, HOUR, Shape(lateness_seconds=lateness)))
            assert offer(made, "Scheduler").verdict is verdict

    def test_what_is_due_in_the_same_second_is_called_within_its_minute(self) -> None:
        """60,000 within 60 seconds are 1,000 a second, which is its quota."""
        made = plan(Volume(pending=10**6, same_second=60_000).workload(Shape()))
        assert limit(offer(made, "Scheduler"), "schedule-call-rate").needed == 1_000


class TestSqs:
    """One delayed message for each task."""

    @pytest.mark.parametrize(("minutes", "verdict"), [(15, Verdict.FITS), (16, Verdict.NEVER)])
    def test_a_message_waits_for_fifteen_minutes(self, minutes: int, verdict: Verdict) -> None:
        """And no longer."""
        assert offer(plan(steady(1, minutes * MINUTE)), "SQS").verdict is verdict

    def test_a_task_is_sent_received_and_deleted(self) -> None:
        """2,592,000 tasks are 7,776,000 requests, a million of them free, at $0.40 a million."""
        assert offer(plan(steady(1, 60)), "SQS").cost.usd == pytest.approx(6.776 * 0.4)

    def test_each_64_kib_are_a_request(self) -> None:
        """65 KiB are two when sent and two when received."""
        assert offer(plan(steady(1, 60, Shape(65 * 1024))), "SQS").cost.usd == pytest.approx(
            (2.592 * 5 - 1) * 0.4
        )

    def test_whether_it_will_do_is_not_known_from_the_number_waiting(self) -> None:
        """It says so."""
        made = plan(Volume(pending=10_000).workload(Shape()))
        assert "15 minutes" in offer(made, "SQS").remarks[0]


class TestDurableFunctions:
    """One durable execution for each task."""

    def test_ten_million_run_at_a_time_in_the_large_regions_and_five_elsewhere(self) -> None:
        """Both can be raised, AWS does not say how far."""
        for region, value in (("eu-west-1", 10_000_000), ("eu-west-3", 5_000_000)):
            running = limit(offer(plan(steady(60, WEEK), region), "durable"), "durable-executions")
            assert (running.quota.value, running.verdict) == (value, Verdict.RAISE)

    def test_a_month_costs_two_operations_a_task_what_they_keep_and_a_second_invocation(self) -> None:
        """The parts of AWS's own example: $8 a million operations, $0.25 a GB written, $0.15 a GB-month."""
        tasks = 2_592_000
        written = tasks * 1_000 / 1e9
        kept = written * (7 + 14) / 30
        expected = 2 * tasks * 8 / 1e6 + written * 0.25 + kept * 0.15 + tasks * 0.2 / 1e6
        assert offer(plan(steady(1, WEEK, Shape(1_000))), "durable").cost.usd == pytest.approx(expected)

    def test_they_wait_for_a_year(self) -> None:
        """A day longer than Step Functions does here."""
        for days, verdict in ((365, Verdict.FITS), (366, Verdict.NEVER)):
            assert offer(plan(steady(0.001, days * DAY)), "durable").verdict is verdict


@pytest.mark.parametrize("service", ["Scheduler", "SQS", "durable"])
def test_the_function_needs_its_concurrency_whatever_calls_it(service: str) -> None:
    """100 a second of 15 minutes each are 90,000 at a time."""
    made = plan(steady(100, 60, Shape(call_seconds=900)))
    assert limit(offer(made, service), "concurrency").needed == pytest.approx(90_000)
