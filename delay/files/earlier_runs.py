"""Read from the report which tasks earlier runs have scheduled."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO

from delay.files.item import Item, ReadItem
from delay.files.report import Heading, parse_digests
from delay.files.seen import Done


class EarlierRuns:
    """The tasks that earlier runs have scheduled. `heading` is that of the last run, if any."""

    def __init__(self) -> None:
        self.heading: Heading | None = None
        self.done = Done()
        self.is_complete = False
        self.length = 0
        """The bytes of the report's complete lines. A crash may have cut off the last line."""

    def read(self, file: BinaryIO) -> None:
        """Read a report from its beginning.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: it is not a report.

        """
        file.seek(0)
        for line in file:
            if line.endswith(b"\n"):
                self._apply(json.loads(line))
                self.length += len(line)
        if file.tell() and self.heading is None:
            raise ValueError("no line is complete")

    def _apply(self, record: dict[str, Any]) -> None:
        if self.heading is None or "import" in record:
            self.heading = Heading.of_record(record)
        if "done" in record:
            self.done.update(parse_digests(record))
        self.is_complete = record.get("is_complete", False)

    def has_done_any(self, items: Iterable[ReadItem]) -> bool:
        """Whether any of these tasks is done. Usually the first is, unless they come from another file."""
        return any(isinstance(item, Item) and item.digest in self.done for item in items)

    def resume(self, heading: Heading) -> Heading:
        """Return the heading of a run that continues here: an incomplete import keeps its start."""
        if self.heading is None or self.is_complete or not self.done:
            return heading
        return replace(heading, started=self.heading.started)
