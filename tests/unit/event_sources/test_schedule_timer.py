"""Schedules call their function at their times by the endpoint's clock."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from stepfunctions_local.account import Account
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.event_sources.schedule_timer import ScheduleTimer
from stepfunctions_local.event_sources.scheduled_event import build_event
from stepfunctions_local.template.event_sources import ScheduleSource
from stepfunctions_local.template.schedule_expression import Rate, parse_schedule
from tests.unit.event_sources.fakes import FakeFunction, turn

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
EVERY_MINUTE = ScheduleSource("Tick", "F", Rate(timedelta(minutes=1)))


def start(source: ScheduleSource = EVERY_MINUTE) -> tuple[ScheduleTimer, FakeFunction, ManualClock]:
    function, clock = FakeFunction(), ManualClock(START)
    return ScheduleTimer(source, function.invoke, clock, Account(), sleep=turn), function, clock


async def test_rate_is_due_at_once_and_then_at_its_interval() -> None:
    """Whenever it is looked at in between."""
    timer, function, clock = start()
    for _ in range(4):
        await timer.catch_up()
        clock.advance(timedelta(seconds=30))
    assert [event["time"] for event in function.events] == ["2026-12-01T08:00:00Z", "2026-12-01T08:01:00Z"]


async def test_skip_over_many_times_is_one_call() -> None:
    """The next one is a whole interval after it."""
    timer, function, clock = start()
    await timer.catch_up()
    clock.advance(timedelta(days=7))
    await timer.catch_up()
    clock.advance(timedelta(seconds=59))
    await timer.catch_up()
    assert len(function.events) == 2
    clock.advance(timedelta(seconds=1))
    await timer.catch_up()
    assert len(function.events) == 3


async def test_failed_call_does_not_end_the_schedule() -> None:
    """The next time is as if nothing had happened."""
    timer, function, clock = start()
    function.answers.append(OSError("no process"))
    await timer.catch_up()
    clock.advance(timedelta(minutes=1))
    await timer.catch_up()
    assert len(function.events) == 2


async def test_cron_expression_is_not_due_at_the_start() -> None:
    """It is at its own times only, and the schedule ends after the last of them."""
    timer, function, clock = start(replace(EVERY_MINUTE, expression=parse_schedule("cron(0 9 1 12 ? 2026)")))
    await timer.catch_up()
    assert function.events == []
    clock.advance(timedelta(hours=2))
    await timer.run()
    assert [event["time"] for event in function.events] == ["2026-12-01T09:00:00Z"]


def test_input_replaces_the_default_event() -> None:
    """With the values of EventBridge Scheduler filled in."""
    source = replace(EVERY_MINUTE, input='{"at": "<aws.scheduler.scheduled-time>"}')
    assert json.loads(build_event(source, Account(), START)) == {"at": "2026-12-01T08:00:00Z"}


def test_rule_has_an_event_of_its_own() -> None:
    """EventBridge's rules and EventBridge Scheduler name themselves differently."""
    rule = json.loads(build_event(replace(EVERY_MINUTE, is_rule=True), Account(), START))
    assert (rule["source"], rule["detail"]) == ("aws.events", {})
    assert rule["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/Tick"]


@dataclass
class FakeAgenda:
    """Has something to do at a time, and counts how often minutes were passed over."""

    due: datetime | None
    passed: int = 0

    async def is_ready(self) -> bool:
        """Return whether minutes were passed over before a first call."""
        return self.passed > 0

    async def next_due(self) -> datetime | None:
        """Return the time that a test has set."""
        return self.due

    async def pass_over(self) -> None:
        """Count."""
        self.passed += 1


async def test_function_with_an_agenda_is_called_when_it_has_something_to_do() -> None:
    """Whether or not the schedule is due, but not again and again if the call was in vain."""
    function, clock, agenda = FakeFunction(), ManualClock(START), FakeAgenda(None)
    timer = ScheduleTimer(EVERY_MINUTE, function.invoke, clock, Account(), agenda=agenda, sleep=turn)
    await timer.begin()
    await timer.begin()
    agenda.due = START + timedelta(seconds=30)
    await timer.stop_over()
    assert (len(function.events), await timer.next_stop()) == (1, agenda.due)
    clock.advance(timedelta(seconds=30))
    await timer.stop_over()
    await timer.stop_over()
    assert (len(function.events), await timer.next_stop()) == (2, None)
    clock.advance(timedelta(days=7))
    await timer.catch_up()
    assert len(function.events) == 2
    assert agenda.passed >= len(function.events)
