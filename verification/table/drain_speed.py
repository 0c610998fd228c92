"""Measures how fast the drain sends a full slot, by the lines of its ticks in its log."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from delay import Delay, Request
from task_table.horizon import LOOK_AHEAD_SECONDS, find_horizon
from task_table.slot import SECONDS
from verification.errors import NotAsExpected
from verification.table.participants import Participants
from verification.table.punctuality import schedule_all

_SCHEDULING_SECONDS: Final = 120
"""The time for scheduling the tasks: until then, their slot must be beyond the horizon of clients."""

_PATIENCE_SECONDS: Final = 300
_POLL_SECONDS: Final = 5

_REPORT: Final = re.compile(r"^REPORT .*?\bDuration: ([\d.]+) ms")
"""Lambda's own line at the end of a call. Source: "Working with Lambda function logs"."""


@dataclass(frozen=True, slots=True)
class LoggedTick:
    """A tick of the drain: the messages that it sent, and how long it took."""

    sent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DrainSpeed:
    """The ticks that sent the rows of a slot, and the seconds that scheduling them took before."""

    rows: int
    ticks: int
    seconds: float
    scheduling_seconds: float

    @classmethod
    def of(cls, ticks: Iterable[LoggedTick], scheduling_seconds: float) -> Self:
        """Add up the ticks that sent something."""
        found = [tick for tick in ticks if tick.sent]
        return cls(
            sum(tick.sent for tick in found),
            len(found),
            sum(tick.seconds for tick in found),
            scheduling_seconds,
        )

    def __str__(self) -> str:
        """Return both rates in one line."""
        return (
            f"{self.rows:,} rows of one slot were scheduled in {self.scheduling_seconds:.0f} s, and sent in "
            f"{self.seconds:.1f} s by {self.ticks} ticks: {self.rows / self.seconds:,.0f} a second"
        )


def read_ticks(events: Iterable[Mapping[str, Any]]) -> Iterator[LoggedTick]:
    """Yield the ticks in a drain's log: each line "Drained", with Lambda's next report in its stream."""
    sent: dict[str, int] = {}
    for event in events:
        stream, text = event["logStreamName"], event["message"]
        if report := _REPORT.match(text):
            if stream in sent:
                yield LoggedTick(sent.pop(stream), float(report[1]) / 1000)
        elif '"Drained"' in text:
            sent[stream] = json.loads(text)["Sent"]


@dataclass(frozen=True, slots=True)
class DrainMeasurement:
    """Fills one slot, waits for the drain's schedule, and reads the log."""

    delay: Delay
    participants: Participants
    rows: int
    run: str

    def measure(self) -> DrainSpeed:
        """Measure the speed. The tasks are cancelled before they are due.

        Raises:
            NotAsExpected: the drain was not called, or did not send all rows.

        """
        began = self.participants.clock()
        due = find_horizon(began + _SCHEDULING_SECONDS)
        for _ in schedule_all(self.delay, self._build_requests(due)):
            pass
        scheduled = self.participants.clock()
        self.participants.wait_until(due - LOOK_AHEAD_SECONDS)
        self.participants.await_drained(due // SECONDS)
        speed = DrainSpeed.of(self._await_ticks(scheduled), scheduled - began)
        for change in self.delay.cancel_many(prefix=self._prefix):
            if change.error:
                raise NotAsExpected(f"A task could not be cancelled: {change.error}")
        return speed

    @property
    def _prefix(self) -> str:
        return f"drain-{self.run}-"

    def _build_requests(self, due: int) -> Iterator[Request]:
        for number in range(self.rows):
            at = datetime.fromtimestamp(due + number % SECONDS, UTC)
            yield Request({"drain": number}, at=at, key=f"{self._prefix}{number}")

    def _await_ticks(self, since: float) -> list[LoggedTick]:
        """Return the ticks since a time. Log events take some seconds to be found."""
        deadline = self.participants.clock() + _PATIENCE_SECONDS
        while self.participants.clock() < deadline:
            ticks = list(read_ticks(self._list_events(since)))
            if sum(tick.sent for tick in ticks) >= self.rows:
                return ticks
            self.participants.sleep(_POLL_SECONDS)
        raise NotAsExpected(f"The drain's log has fewer than {self.rows:,} messages sent.")

    def _list_events(self, since: float) -> Iterator[Mapping[str, Any]]:
        logs, stack = self.participants.clients("logs"), self.participants.stack
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=stack.find_resource("TableDrainLogGroup"), startTime=int(since * 1000)
        )
        for page in pages:
            yield from page["events"]
