"""The events of a burst, as they are written."""

from datetime import datetime

from stepfunctions_local.engine import history


class HistoryFull(Exception):
    """The execution has as many events as it may have, but for its end."""


class Chronicle:
    """Numbers and dates what happens."""

    def __init__(self, last_event_id: int, now: datetime) -> None:
        self.events: list[history.Event] = []
        self.last_event_id = last_event_id
        self._timestamp = now.timestamp()

    def write(self, happening: history.Happening, previous_event_id: int) -> int:
        """Write what follows an event, and return its number.

        Raises:
            HistoryFull: there is room for the end alone.

        """
        if self.last_event_id >= history.MAX_EVENTS - 1:
            raise HistoryFull
        return self.close(happening, previous_event_id)

    def close(self, happening: history.Happening, previous_event_id: int) -> int:
        """Write the end, for which there is always room, and return its number."""
        self.last_event_id = event_id = self.last_event_id + 1
        # On AWS nothing follows ExecutionStarted.
        previous = previous_event_id if previous_event_id > 1 else 0
        self.events.append(history.event(happening, event_id, previous, self._timestamp))
        return event_id
