"""A search for tasks, as the address of a page has it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from urllib.parse import urlencode

from delay.task import Status
from delay.text.duration import parse_duration
from delay.text.moment import format_moment, parse_moment

STATUSES: Final = (
    Status.WAITING,
    Status.RUNNING,
    Status.SUCCEEDED,
    Status.FAILED,
    Status.TIMED_OUT,
    Status.CANCELLED,
)
"""The statuses that a search can choose."""

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Search:
    """A search: by the beginning of keys, by status, and by due time (UTC, both ends included).

    `after` is the place at which the page before ended.
    `problem` says what of the address could not be understood, and was left out; `wrong` is its parameter.
    """

    prefix: str = ""
    status: Status | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    after: str | None = None
    problem: str | None = None
    wrong: str | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str], now: datetime) -> Self:
        """Parse the query of an address. A time is RFC 3339, or a duration from now on."""
        problems: dict[str, str] = {}

        def find_moment(name: str) -> datetime | None:
            try:
                return _parse_time(query.get(name, "").strip(), now)
            except ValueError as error:
                problems[name] = str(error)
                return None

        due_from, due_until, status = find_moment("from"), find_moment("until"), query.get("status")
        if due_from and due_until and due_until < due_from:
            problems["until"] = "The end of the time span is before its beginning."
            due_from = due_until = None
        return cls(
            prefix=query.get("prefix", ""),
            status=next((each for each in STATUSES if each == status), None),
            due_from=due_from,
            due_until=due_until,
            after=query.get("after") or None,
            problem=" ".join(problems.values()) or None,
            wrong=next(iter(problems), None),
        )

    @property
    def has_window(self) -> bool:
        """Whether it selects due times."""
        return self.due_from is not None or self.due_until is not None

    @property
    def is_empty(self) -> bool:
        """Whether it selects nothing, so that all tasks are found."""
        return not (self.prefix or self.status or self.has_window)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The due times that it selects, from the first to the last."""
        return self.due_from or _EARLIEST, self.due_until or _LATEST

    def contains(self, first: datetime, last: datetime) -> bool:
        """Whether it has a time span that all due times from the first to the last are in."""
        due_from, due_until = self.window
        return self.has_window and due_from <= first and last <= due_until

    def query(self, **changes: str | None) -> dict[str, str]:
        """Return the search as parameters of an address; `changes` replace some."""
        parameters = {
            "prefix": self.prefix,
            "status": self.status,
            "from": self.due_from and format_moment(self.due_from),
            "until": self.due_until and format_moment(self.due_until),
            "after": self.after,
        }
        return {name: value for name, value in {**parameters, **changes}.items() if value}

    def address(self, **changes: str | None) -> str:
        """Return the address of the search's page; `changes` replace parameters."""
        return f"/?{urlencode(query)}" if (query := self.query(**changes)) else "/"

    def at(self, after: str | None) -> Self:
        """Return the same search from a place on; None is its beginning."""
        return replace(self, after=after)


def _parse_time(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    if text[-1] in "smhd" and text[0].isdecimal() and text.isalnum():
        return now + min(parse_duration(text), timedelta(days=36_500))
    return parse_moment(text)
