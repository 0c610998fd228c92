"""How often, and how much of, a table is read for pages."""

from dataclasses import dataclass
from typing import Final

from delay.console.key_survey import MOST_KEYS


@dataclass(frozen=True, slots=True)
class TablePace:
    """How often, and how much of, a table is read while a page is open. The bounds are those of its cost.

    `list_seconds` and `count_seconds` are how long lists and counts are kept at least.
    `due_per_second` and `keys_per_second` are the most reads that a list by due time, and rows that a pass
    over keys, take on average: what was large is kept for longer. `most_keys` is where one pass ends.
    `details_per_second` are the tasks that are read one by one, each kept for `task_seconds` while it may
    change.
    `step_seconds` is how often an open page is loaded again without a change that was noticed.
    `patience_seconds` is how long a page waits for what was never read before.
    """

    list_seconds: float
    count_seconds: float
    due_per_second: float
    keys_per_second: float
    most_keys: int
    details_per_second: float
    task_seconds: float
    step_seconds: float
    patience_seconds: float


AWS: Final = TablePace(
    list_seconds=20,
    count_seconds=300,
    due_per_second=100,
    keys_per_second=2_000,
    most_keys=MOST_KEYS,
    details_per_second=20,
    task_seconds=5,
    step_seconds=5,
    patience_seconds=1,
)
"""Costs a few cents an hour at most: docs/console.md."""

LOCAL: Final = TablePace(
    list_seconds=60,
    count_seconds=60,
    due_per_second=2_000,
    keys_per_second=20_000,
    most_keys=2 * MOST_KEYS,
    details_per_second=100,
    task_seconds=1,
    step_seconds=60,
    patience_seconds=1,
)
"""Changes are noticed at once. A large list is not read again all the time."""
