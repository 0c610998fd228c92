"""What a report says of the runs before this one."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO

from delay.files.item import Item, ReadItem
from delay.files.report import Heading, digests
from delay.files.seen import Done


class EarlierRuns:
    """What is done of a file: `heading` is the one of the last run, if there was any."""

    def __init__(self) -> None:
        self.heading: Heading | None = None
        self.done = Done()
        self.is_complete = False
        self.length = 0
        """Bytes of the report that say so: what a crash has left of a last line does not count."""

    def read(self, file: BinaryIO) -> None:
        """Read a report from its beginning.

        AttributeError, KeyError, TypeError or ValueError say that it is none.
        """
        file.seek(0)
        for line in file:
            if line.endswith(b"\n"):
                self._take(json.loads(line))
                self.length += len(line)
        if file.tell() and self.heading is None:
            raise ValueError("no line of it is whole")

    def _take(self, record: dict[str, Any]) -> None:
        if self.heading is None or "import" in record:
            self.heading = Heading.of_record(record)
        if "done" in record:
            self.done.update(digests(record))
        self.is_complete = record.get("is_complete", False)

    def has_done_any(self, outcomes: Iterable[ReadItem]) -> bool:
        """Whether one of these tasks is done. The first usually is, unless they are of another file."""
        return any(isinstance(outcome, Item) and outcome.digest in self.done for outcome in outcomes)

    def continued(self, heading: Heading) -> Heading:
        """Give the heading of a run that goes on from here: an incomplete import keeps its start."""
        if self.heading is None or self.is_complete or not self.done:
            return heading
        return replace(heading, started=self.heading.started)
