"""The tasks due in the next hour, as bars by minute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

MINUTES: Final = 60
_MINUTE: Final = timedelta(minutes=1)
_ALMOST_A_MINUTE: Final = timedelta(seconds=59)
HEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """A minute (UTC) from `start`, with the number of tasks due in it.

    `height` is the share of the highest bar, from 0 to 100, and at least 2 if there is a task.
    `is_known`: all tasks of the minute were read, and not just the first ones or none.
    """

    start: datetime
    tasks: int
    height: int
    is_known: bool = True

    @property
    def end(self) -> datetime:
        """The last second of the minute."""
        return self.start + _ALMOST_A_MINUTE


def list_window(now: datetime) -> tuple[datetime, datetime]:
    """Return the first moment and the last second of the minutes that bars are drawn for."""
    first = now.replace(second=0, microsecond=0)
    return first, first + MINUTES * _MINUTE - timedelta(seconds=1)


def build_bars(
    minutes: Mapping[datetime, int], now: datetime, known_until: datetime | None = None
) -> tuple[Bar, ...]:
    """Return a bar for each of the next sixty minutes, this one first. Later ones may not be known."""
    first, _ = list_window(now)
    starts = [first + number * _MINUTE for number in range(MINUTES)]
    most = max((minutes.get(start, 0) for start in starts), default=0)
    bars = (Bar(start, minutes.get(start, 0), _scale(minutes.get(start, 0), most)) for start in starts)
    return tuple(replace(bar, is_known=known_until is None or bar.end <= known_until) for bar in bars)


def _scale(tasks: int, most: int) -> int:
    return max(2, round(HEIGHT * tasks / most)) if tasks else 0
