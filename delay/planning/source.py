"""Where a figure comes from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Checked(StrEnum):
    """How well a figure is known."""

    PAGE = "page"
    """Read on AWS's own page, in a stored copy of it."""
    SECOND_HAND = "second hand"
    """Quoted from AWS by others."""
    NO = "no"
    """Could not be verified."""
    OWN = "own"
    """Given by whoever asked for the plan."""

    @property
    def words(self) -> str:
        """How it is said to people."""
        return "not verified" if self is Checked.NO else self.value


@dataclass(frozen=True, slots=True)
class Source:
    """A page of AWS, and the day on which it was read or looked for."""

    title: str
    url: str
    read: date
    checked: Checked
