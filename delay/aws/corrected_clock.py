"""The caller's clock, corrected by AWS's own: each answer carries its date.

Due times are computed by this computer's clock and awaited by AWS's. If this one is wrong, a task
that is scheduled for a time would be called as much too late or too early.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from delay.clock import Clock
from delay.text.duration import format_duration

TOLERANCE: Final = timedelta(seconds=2)
"""A smaller difference is left alone: it may be the date's resolution, or the latency."""

RECHECK_SECONDS: Final = 3600.0
"""A clock without a battery may be off by a second or two in this time."""

SKIPPED_HEADER: Final = "x-stepfunctions-local-skipped-seconds"
"""How far skips have put a local endpoint ahead. This computer's clock is not wrong for that."""

_RESOLUTION: Final = timedelta(seconds=1)
_NONE: Final = timedelta(0)

_LOG: Final = logging.getLogger("delay")


@dataclass(frozen=True, slots=True)
class Reading:
    """The caller's clock and a monotonic one, read together."""

    wall: datetime
    monotonic_seconds: float

    def was_set_until(self, later: "Reading") -> bool:
        """Whether the caller's clock was set between this reading and a later one."""
        elapsed = timedelta(seconds=later.monotonic_seconds - self.monotonic_seconds)
        return abs(later.wall - self.wall - elapsed) > _RESOLUTION


class Correction:
    """How far AWS's clock is ahead of the caller's. Threads and clocks may share it."""

    def __init__(self) -> None:
        self.offset = _NONE
        """Zero unless the clocks differ by more than TOLERANCE."""
        self._skipped = _NONE
        self._checked: Reading | None = None
        self._has_warned = False

    def is_valid_at(self, reading: Reading) -> bool:
        """Whether the clocks were compared recently, and the caller's was not set since."""
        checked = self._checked
        if checked is None or reading.monotonic_seconds - checked.monotonic_seconds > RECHECK_SECONDS:
            return False
        return not checked.was_set_until(reading)

    def compare(self, sent: Reading, received: Reading, answer: Mapping[str, Any]) -> None:
        """Compare the clocks by the date of an answer, if it has one."""
        self._checked = received
        self.note_skips(answer)
        date = _parse_date(answer)
        if date is not None:
            self.compare_date(sent, received, date)

    def note_skips(self, answer: Mapping[str, Any]) -> None:
        """Take note of the part of the offset that is no fault of this computer's clock."""
        self._skipped = _parse_skipped(answer)

    def compare_date(self, sent: Reading, received: Reading, date: datetime) -> None:
        """Compare the clocks by a date, cut to a second, that was made between sending and receiving."""
        self._checked = received
        if not sent.was_set_until(received):
            self._narrow(date - received.wall, date + _RESOLUTION - sent.wall)

    def _narrow(self, least: timedelta, most: timedelta) -> None:
        """Take note that the offset is between two others. The least makes no task early."""
        if least <= self.offset <= most:
            return
        if least <= TOLERANCE and most >= -TOLERANCE:
            self.offset = _NONE
            return
        self.offset = least
        is_wrong = least - self._skipped > TOLERANCE or most - self._skipped < -TOLERANCE
        if is_wrong and not self._has_warned:
            self._has_warned = True
            _LOG.warning(
                "This computer's clock is %s AWS's, which is used in its place: set the clock.",
                format_difference(least - self._skipped),
            )


class CorrectedClock:
    """The caller's clock, `uncorrected`, and its correction."""

    def __init__(self, clock: Clock, correction: Correction | None = None) -> None:
        self.uncorrected = clock
        self.correction = correction or Correction()

    def with_clock(self, clock: Clock) -> "CorrectedClock":
        """Return another clock of the caller with the same correction, which both then share."""
        return CorrectedClock(clock, self.correction)

    def now(self) -> datetime:
        """Return AWS's time (UTC), as far as it is known."""
        return self.uncorrected.now() + self.correction.offset

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self.uncorrected.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds."""
        self.uncorrected.sleep(seconds)

    def read(self) -> Reading:
        """Read the caller's clock and the monotonic one."""
        return Reading(self.uncorrected.now(), self.uncorrected.monotonic())


def format_difference(offset: timedelta) -> str:
    """Return how the caller's clock differs from AWS's, `3h behind` for example."""
    return f"{format_duration(abs(offset))} {'behind' if offset > _NONE else 'ahead of'}"


def _parse_date(answer: Mapping[str, Any]) -> datetime | None:
    header = _get_headers(answer).get("date")
    try:
        return None if not isinstance(header, str) else parsedate_to_datetime(header).replace(tzinfo=UTC)
    except ValueError:
        return None


def _parse_skipped(answer: Mapping[str, Any]) -> timedelta:
    try:
        return timedelta(seconds=float(_get_headers(answer).get(SKIPPED_HEADER, 0)))
    except (OverflowError, ValueError):
        return _NONE


def _get_headers(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    headers: Mapping[str, Any] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers
