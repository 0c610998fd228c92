"""Reads from the report which tasks earlier runs have scheduled."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO

from delay.files.item import Item, ReadItem
from delay.files.report import Heading, parse_digests
from delay.files.seen import Done

_HEADING_BEGINS = b'{"import": '


class EarlierRuns:
    """The tasks that earlier runs have scheduled. `heading` is that of the last run, if any."""

    def __init__(self) -> None:
        self.heading: Heading | None = None
        self.done = Done()
        self.may_have_sent = False
        """Whether tasks of an incomplete import may exist, even if no answer to them is on record."""
        self._may_have_sent_before = False
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
            elif self.heading is None and not _is_torn_heading(line):
                raise ValueError("no line is complete")

    def _apply(self, record: dict[str, Any]) -> None:
        if self.heading is None or "import" in record:
            self._begin_run(Heading.of_record(record))
        if "done" in record:
            self.done.update(parse_digests(record))
        if "is_complete" in record:
            self._end_run(record)

    def _begin_run(self, heading: Heading) -> None:
        self.heading = heading
        self._may_have_sent_before = self.may_have_sent
        self.may_have_sent = True

    def _end_run(self, record: dict[str, Any]) -> None:
        if record["is_complete"]:
            self.may_have_sent = False
        elif record.get("sent") == 0:
            self.may_have_sent = self._may_have_sent_before

    def has_done_any(self, items: Iterable[ReadItem]) -> bool:
        """Whether any of these tasks is done. Usually the first is, unless they come from another file."""
        return any(isinstance(item, Item) and item.digest in self.done for item in items)

    def resume(self, heading: Heading) -> Heading:
        """Return the heading of a run that continues here: an incomplete import keeps its start.

        It does so even if no answer is on record. The answers may be lost, and keys derived from another
        start would schedule the same tasks again.
        """
        if self.heading is None or not self.may_have_sent:
            return heading
        return replace(heading, started=self.heading.started)


def _is_torn_heading(line: bytes) -> bool:
    """Whether a crash cut off the first line of a run. Nothing is sent before that line is on disk."""
    return line.startswith(_HEADING_BEGINS) or _HEADING_BEGINS.startswith(line)
