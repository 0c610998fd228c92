"""Needs and costs of the other services, checked by hand."""

import pytest

from delay.planning.limit import Verdict
from delay.planning.workload import Shape, Volume
from tests.unit.delay.planning.samples import DAY, HOUR, WEEK, limit, offer, plan, steady

MINUTE = 60


class TestEventBridgeScheduler:
    """One schedule for each task."""

    def test_ten_million_schedules_can_be_raised(self) -> None:
        """AWS raises them to billions, so 36 million are possible."""
        scheduler = offer(plan(steady(60, WEEK)), "Scheduler")
        assert limit(scheduler, "schedules").quota.value == 10_000_000
        assert scheduler.verdict is Verdict.RAISE

    def test_million_calls_cost_a_dollar_after_the_first_fourteen_million(self) -> None:
        """60 a second are 155,520,000 a month."""
        assert offer(plan(steady(60, WEEK)), "Scheduler").cost.usd == pytest.approx(141.52)

    def test_cancelled_task_is_neither_called_nor_paid_for(self) -> None:
        """Its schedule is deleted."""
        scheduler = offer(plan(steady(60, WEEK, Shape(cancelled=0.5))), "Scheduler")
        assert scheduler.cost.usd == pytest.approx(77.76 - 14)
        assert limit(scheduler, "delete-schedule-rate").needed == 30

    def test_lateness_of_less_than_a_minute_is_impossible(self) -> None:
        """This counts only if a lateness is given."""
        for lateness, verdict in ((None, Verdict.FITS), (60, Verdict.FITS), (59, Verdict.NEVER)):
            made = plan(steady(1, HOUR, Shape(lateness_seconds=lateness)))
            assert offer(made, "Scheduler").verdict is verdict

    def test_tasks_due_in_the_same_second_are_called_within_a_minute(self) -> None:
        """60,000 within 60 seconds are 1,000 a second, which is its quota."""
        made = plan(Volume(pending=10**6, same_second=60_000).workload(Shape()))
        assert limit(offer(made, "Scheduler"), "schedule-call-rate").needed == 1_000


class TestSqs:
    """One delayed message for each task."""

    @pytest.mark.parametrize(("minutes", "verdict"), [(15, Verdict.FITS), (16, Verdict.NEVER)])
    def test_message_waits_for_fifteen_minutes_at_most(self, minutes: int, verdict: Verdict) -> None:
        """No quota changes this."""
        assert offer(plan(steady(1, minutes * MINUTE)), "SQS").verdict is verdict

    def test_each_task_costs_three_requests(self) -> None:
        """2,592,000 tasks make 7,776,000 requests: less a million free ones, they cost $0.40 a million."""
        assert offer(plan(steady(1, 60)), "SQS").cost.usd == pytest.approx(6.776 * 0.4)

    def test_each_64_kib_cost_a_request(self) -> None:
        """65 KiB are two requests when sent and two when received."""
        assert offer(plan(steady(1, 60, Shape(65 * 1024))), "SQS").cost.usd == pytest.approx(
            (2.592 * 5 - 1) * 0.4
        )

    def test_number_waiting_does_not_show_whether_sqs_fits(self) -> None:
        """A remark says so."""
        made = plan(Volume(pending=10_000).workload(Shape()))
        assert "15 minutes" in offer(made, "SQS").remarks[0]


class TestDurableFunctions:
    """One durable execution for each task."""

    def test_ten_million_executions_run_in_the_large_regions_and_five_elsewhere(self) -> None:
        """Both quotas can be raised; AWS does not say how far."""
        for region, value in (("eu-west-1", 10_000_000), ("eu-west-3", 5_000_000)):
            running = limit(offer(plan(steady(60, WEEK), region), "durable"), "durable-executions")
            assert (running.quota.value, running.verdict) == (value, Verdict.RAISE)

    def test_each_task_costs_two_operations_storage_and_a_second_invocation(self) -> None:
        """The prices are AWS's own: $8 a million operations, $0.25 a GB written, $0.15 a GB-month."""
        tasks = 2_592_000
        written = tasks * 1_000 / 1e9
        kept = written * (7 + 14) / 30
        expected = 2 * tasks * 8 / 1e6 + written * 0.25 + kept * 0.15 + tasks * 0.2 / 1e6
        assert offer(plan(steady(1, WEEK, Shape(1_000))), "durable").cost.usd == pytest.approx(expected)

    def test_execution_waits_for_a_year(self) -> None:
        """This is a day longer than with Step Functions here."""
        for days, verdict in ((365, Verdict.FITS), (366, Verdict.NEVER)):
            assert offer(plan(steady(0.001, days * DAY)), "durable").verdict is verdict


@pytest.mark.parametrize("service", ["Scheduler", "SQS", "durable"])
def test_function_needs_the_same_concurrency_for_every_service(service: str) -> None:
    """100 calls a second of 15 minutes each are 90,000 at a time."""
    made = plan(steady(100, 60, Shape(call_seconds=900)))
    assert limit(offer(made, service), "concurrency").needed == pytest.approx(90_000)
