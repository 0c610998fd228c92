"""How a table is set up: its shards, its queue and its `keep`, read from its cursor and kept for a while."""

import threading
from typing import Final

from delay.aws.per_process import PerProcess
from delay.errors import NoSuchTable
from delay.errors import Refused as RefusedByAws
from delay.table.requests import Requests
from task_table.cursor import Cursor
from task_table.errors import UnreadableRow

_VALID_SECONDS: Final = 600.0
"""How long a client may use settings: a larger number of shards is announced for longer than that."""


class Setup:
    """Reads the cursor when it is first needed, and again after ten minutes."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._lock = PerProcess(threading.Lock)
        self._read: tuple[float, Cursor] | None = None

    def get(self) -> Cursor:
        """Return the table's settings.

        Raises:
            NoSuchTable: there is no such table, its drain has never run, or a newer release has set it up.

        """
        with self._lock():
            now = self._requests.clock.monotonic()
            if self._read is None or now - self._read[0] > _VALID_SECONDS:
                self._read = now, self._request()
            return self._read[1]

    def _request(self) -> Cursor:
        try:
            cursor = self._requests.ask_table(lambda table: table.get_cursor())
        except RefusedByAws as error:
            if isinstance(error.__cause__, UnreadableRow):
                raise NoSuchTable(f"The table cannot be used: {error}") from error.__cause__
            raise
        if cursor is None:
            raise NoSuchTable(
                f"The table {self._requests.arn} has no cursor, which its drain makes within a minute after "
                "the deployment: try again then. If there is still none, look at the drain's logs."
            )
        return cursor
