"""The table of tasks at a local endpoint, if it has one."""

import time
from collections.abc import Callable
from threading import RLock
from typing import Any, Final

from delay.aws.connection import connect_local_service
from delay.client import Delay
from delay.clock import Clock
from delay.console.desk import Desk
from delay.console.table_pace import LOCAL
from delay.console.table_source import TableSource
from delay.errors import DelayError
from delay.local.endpoint import LocalEndpoint
from delay.local.request import EndpointUnavailable
from delay.local.task_table import find_table, read_revision

_LOOK_SECONDS: Final = 5.0
"""How often a table is looked for that was not there."""

_STEP_SECONDS: Final = 2.0
"""How often rows count as changed at an endpoint that does not say when they do."""


class LocalTable:
    """A table. Nothing is connected before it is looked for. Threads may share it.

    `arn` is the table that the console is for; by default that of the template.
    """

    def __init__(
        self,
        endpoint: LocalEndpoint,
        region: str,
        arn: str | None = None,
        *,
        connect: Callable[[str, str, str], Any] = connect_local_service,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._arn = arn
        self._connect = connect
        self._monotonic = monotonic
        self._looked_at: float | None = None
        self._desk: Desk | None = None
        self._lock = RLock()

    def find(self, clock: Clock) -> Desk | None:
        """Return the table's desk; None if there was no table some seconds ago."""
        with self._lock:
            now = self._monotonic()
            is_new = self._looked_at is None or now - self._looked_at >= _LOOK_SECONDS
            if self._desk is not None or not is_new:
                return self._desk
            self._looked_at = now
            try:
                return self.open(clock)
            except DelayError:  # there may be none, and a page of it says more
                return None

    def open(self, clock: Clock) -> Desk:
        """Return the table's desk, which goes by a clock.

        Raises:
            NoSuchTable: there is none, or several.
            DelayError: nothing answers, or it refuses.

        """
        with self._lock:
            if self._desk is None:
                self._desk = self._build(clock)
            return self._desk

    def _build(self, clock: Clock) -> Desk:
        dynamodb, sqs = (
            self._connect(service, self._endpoint.url, self._region) for service in ("dynamodb", "sqs")
        )
        arn = self._arn or find_table(dynamodb, self._endpoint)
        delay = Delay(arn, dynamodb=dynamodb, sqs=sqs, clock=clock)
        return Desk(delay, TableSource(delay, LOCAL, watch=self._watch), self._endpoint)

    def _watch(self) -> str:
        try:
            return read_revision(self._endpoint)
        except EndpointUnavailable:  # it is gone, or another server
            return f"since {int(self._monotonic() / _STEP_SECONDS)}"
