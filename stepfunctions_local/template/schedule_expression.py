"""The expressions of schedules: `rate(1 minute)`, `cron(0 9 * * ? *)`.

Source: EventBridge Scheduler User Guide, "Schedule types".
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aws_croniter import AwsCroniter

from stepfunctions_local.errors import TemplateError

_RATE: Final = re.compile(r"rate\(\s*(?P<count>[1-9]\d*)\s+(?P<unit>minute|hour|day)s?\s*\)")
_CRON: Final = re.compile(r"cron\(\s*(?P<fields>[^()]*?)\s*\)")
_ALLOWED: Final = "rate(1 minute) or cron(0 9 * * ? *)"


@dataclass(frozen=True, slots=True)
class Rate:
    """Due again and again, each time `every` after the time before."""

    every: timedelta

    def find_next(self, after: datetime) -> datetime | None:
        """Return when (UTC) it is due next."""
        return after + self.every


@dataclass(frozen=True, slots=True)
class Cron:
    """Due at times of a calendar, in a time zone. `fields` are the six of AWS."""

    fields: str
    zone: ZoneInfo

    def find_next(self, after: datetime) -> datetime | None:
        """Return when (UTC) it is due next; None if never again."""
        local = after.astimezone(self.zone).replace(tzinfo=UTC)  # the library knows no other time zone
        found: datetime | None = AwsCroniter(self.fields).get_next(local)[0]
        if found is None:
            return None
        moments = (found.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # Where clocks are set back, an hour comes twice: a time that is not after `after` was its first.
        return next((moment for moment in moments if moment > after), after + timedelta(minutes=1))


ScheduleExpression = Rate | Cron


def parse_schedule(text: str, zone: str = "UTC") -> ScheduleExpression:
    """Return a schedule's expression.

    Raises:
        TemplateError: it is neither a rate nor a cron expression, or the time zone is unknown.

    """
    if rate := _RATE.fullmatch(text.strip()):
        return Rate(timedelta(**{f"{rate['unit']}s": int(rate["count"])}))
    cron = _CRON.fullmatch(text.strip())
    if cron is None:
        raise TemplateError(f"The schedule {text!r} does not run here: {_ALLOWED} is expected.")
    try:
        found = Cron(" ".join(cron["fields"].split()), ZoneInfo(zone))
        found.find_next(datetime.now(UTC))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TemplateError(f"The schedule {text!r} in {zone} does not run here: {error}") from error
    return found
