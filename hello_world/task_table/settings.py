"""The settings of the participants, from the environment of their functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from task_table.hashing import SHARDS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How tasks are kept and called. Each has a parameter in template.yaml."""

    queue_url: str
    keep_seconds: int
    """How long the key and the outcome of an ended task are kept."""
    attempts: int
    """How often a task is called at most."""
    lease_seconds: int
    """How long a claim is its holder's alone: longer than the function may run."""
    records_end: bool
    """Whether a success is written, which takes a fourth write for each task."""
    shards: int = SHARDS
    """The partitions of each slot. A table never goes back to fewer."""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in a function's environment.

        Raises:
            KeyError: a variable is missing.

        """
        return cls(
            queue_url=environment["TASK_QUEUE_URL"],
            keep_seconds=int(environment["TASK_KEEP_SECONDS"]),
            attempts=int(environment["TASK_ATTEMPTS"]),
            lease_seconds=int(environment["TASK_LEASE_SECONDS"]),
            records_end=environment["TASK_RECORDS_END"] == "true",
            shards=int(environment.get("TASK_SHARDS", SHARDS)),
        )
