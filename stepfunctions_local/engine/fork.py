"""A Parallel or a Map at work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fork:
    """Which of its branches have begun, and what the others wait for.

    `length` branches are to begin in all, at most `at_once` of them open at a time; `begun` have begun, and
    of these `open` have not ended. `output_bytes` is what those that have ended left. The next one to begin
    follows `started_event_id` if it is among the first, else `previous_event_id`, where one made room for it.

    Of the root's fork alone: `last_event_id` is the number that the execution's latest event has.
    """

    branch_id: int
    state: str
    started_event_id: int
    previous_event_id: int
    length: int
    at_once: int
    begun: int = 0
    open: int = 0
    output_bytes: int = 0
    last_event_id: int = 0

    @property
    def is_over(self) -> bool:
        """Whether all have ended."""
        return self.open == 0 and self.begun == self.length

    @property
    def is_full(self) -> bool:
        """Whether the next one has to wait for another to end."""
        return self.open >= self.at_once

    @property
    def can_begin(self) -> bool:
        """Whether another one can begin now."""
        return self.begun < self.length and not self.is_full
