"""The numbers of tasks at a local endpoint, which are kept if counting takes long."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from delay import Delay
from delay.console.local_source import LocalSource
from delay.task import Status


@dataclass
class SlowIndex:
    """An index that takes a second to count."""

    revision: int = 1
    waiting: int = 3
    now: float = 0.0
    asked: list[str] = field(default_factory=list)

    def count(self, prefix: str) -> dict[Status, int]:
        """Return the number of now."""
        self.asked.append(prefix)
        self.now += 1
        return {Status.WAITING: self.waiting}

    def read_revision(self) -> str:
        """Return the revision of now."""
        return str(self.revision)

    def change(self) -> None:
        """Have one task less."""
        self.revision += 1
        self.waiting -= 1


@pytest.fixture
def index() -> SlowIndex:
    return SlowIndex()


@pytest.fixture
def source(delay: Delay, index: SlowIndex) -> LocalSource:
    as_index: Any = index
    return LocalSource(delay, as_index, monotonic=lambda: index.now)


@pytest.fixture
def count(source: LocalSource) -> Callable[[], int]:
    """Return a function that counts the waiting tasks as a page does."""

    def read() -> int:
        counts = source.count("").counts
        assert counts is not None
        return counts.by_status[Status.WAITING]

    return read


def test_numbers_that_were_shown_old_are_counted_again(
    source: LocalSource, index: SlowIndex, count: Callable[[], int]
) -> None:
    """An open page learns that it may have them, even if no further task changes."""
    assert count() == 3
    index.change()
    seen = source.revision()
    assert count() == 3
    index.now += 19
    assert source.revision() == seen
    index.now += 1
    assert source.revision() != seen
    assert count() == 2


def test_numbers_that_no_change_followed_are_not_counted_again(
    source: LocalSource, index: SlowIndex, count: Callable[[], int]
) -> None:
    """Two pages with the same numbers do not ask each other for new ones."""
    count()
    count()
    seen = source.revision()
    index.now += 60
    assert source.revision() == seen
    assert index.asked == [""]
