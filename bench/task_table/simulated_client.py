"""The real client of a simulation: it schedules, moves and cancels tasks by metered requests."""

from datetime import UTC, datetime, timedelta
from typing import Final

from bench.task_table.meter import MeteredQueue, MeteredTable
from bench.task_table.timeline import CallerClock, Timeline
from delay.aws.corrected_clock import CorrectedClock
from delay.errors import TooLate
from delay.request import Request
from delay.table.parts import Parts
from delay.table.requests import Requests

_ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/bench"
_PADDING: Final = len('{"order":"","text":""}')


class SimulatedClient:
    """A client at the time of the timeline. Times are in seconds since 1970."""

    def __init__(self, table: MeteredTable, queue: MeteredQueue, timeline: Timeline) -> None:
        clock = CorrectedClock(CallerClock(timeline))
        self._parts = Parts(Requests(_ARN, lambda: table, lambda _url: queue, clock, timedelta(0)))

    def schedule(self, key: str, payload_bytes: int, due: float) -> None:
        """Schedule a task with a payload of this size."""
        text = "x" * (payload_bytes - _PADDING - len(key))
        request = Request({"order": key, "text": text}, key=key, at=_to_moment(due))
        self._parts.changes.send(self._parts.scheduler.prepare(request))

    def move(self, key: str, due: float) -> None:
        """Reschedule a task, unless it was cancelled."""
        try:
            self._parts.changes.reschedule(key, after=None, at=_to_moment(due))
        except TooLate as error:
            if "CANCELLED" not in str(error):
                raise

    def cancel(self, key: str) -> None:
        """Cancel a task."""
        self._parts.changes.cancel(key)


def _to_moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
