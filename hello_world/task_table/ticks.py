"""Ticks: one call of the drain or of the sweep, and the line that it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from task_table.drain import Drain
from task_table.errors import NoCursor
from task_table.sending import Map, Sender
from task_table.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.connection import Connection
    from task_table.ports import Clock

NAMESPACE: Final = "DelayedTasks"
"""The namespace of the metrics in CloudWatch."""

_RESERVE_MS: Final = 15_000
"""A page of a slot is not begun with less time left: it has some thousand rows."""

_UNITS: Final = {
    "CursorBehindSeconds": "Seconds",
    "FoundOpen": "Count",
    "Sent": "Count",
    "Unreadable": "Count",
}

Write: TypeAlias = Callable[[str], object]
"""Writes a line to the function's log."""


class Context(Protocol):
    """The context of a Lambda call."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the call."""
        ...


class Ticks:
    """Runs drain and sweep on a connection. `service` is the metrics' only dimension.

    `map_all` decides how many batches of messages are under way at once.
    """

    def __init__(
        self, connection: Connection, *, clock: Clock, map_all: Map, write: Write, service: str
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._sender = Sender(connection.queue, clock, map_all)
        self._write = write
        self._service = service

    def drain(self, context: Context) -> Mapping[str, int]:
        """Run a tick of the drain, and return its metrics."""
        connection = self._connection
        drain = Drain(connection.table, self._sender, self._clock, connection.settings, _watch_time(context))
        tick = drain.tick()
        metrics = {"CursorBehindSeconds": tick.behind_seconds, "Sent": tick.sent}
        if tick.unreadable:  # a metric of its own costs money, and this one should be rare
            metrics["Unreadable"] = tick.unreadable
        return self._report("Drained", metrics)

    def sweep(self, context: Context) -> Mapping[str, int]:
        """Run a tick of the sweep, and return its metrics.

        Before the first tick of the drain there are none, and no line: a new stack's schedules begin in any
        order.
        """
        connection = self._connection
        sweep = Sweep(
            connection.table,
            self._sender,
            connection.letters,
            clock=self._clock,
            settings=connection.settings,
            has_time=_watch_time(context),
        )
        try:
            found = sweep.tick()
        except NoCursor:
            return {}
        return self._report("Swept", {"FoundOpen": found})

    def _report(self, message: str, metrics: Mapping[str, int]) -> Mapping[str, int]:
        """Write a log line that CloudWatch also reads as metrics.

        Source: "Specification: Embedded metric format" in the CloudWatch User Guide.
        """
        line = {"level": "INFO", "message": message, "service": self._service, **metrics}
        self._write(json.dumps({**line, "_aws": self._describe(metrics)}))
        return metrics

    def _describe(self, metrics: Mapping[str, int]) -> Mapping[str, Any]:
        definitions = [{"Name": name, "Unit": _UNITS[name]} for name in metrics]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": definitions}
        return {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [directive]}


def _watch_time(context: Context) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > _RESERVE_MS
