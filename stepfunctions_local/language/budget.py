"""Limits the cost of evaluating a state: an evaluation that would run for ever is cut off.

All paths, functions, rules and expressions of one evaluation share one budget, in either query language.
The limits are counts, so that an evaluation is cut off at the same place on every computer. A time limit
covers slow work that is not counted. AWS has such limits too: in JSONata, recursion near 100 levels deep,
arrays of 873,782 items and texts of four million characters were measured there.
"""

import time
from collections.abc import Iterable
from typing import Final

MAX_EXPRESSION_LENGTH: Final = 100_000
"""The longest expression, in characters."""

MAX_STEPS: Final = 240_000
"""How many steps one evaluation may take: a step is a part of an expression, or work that takes as long."""

MAX_DEPTH: Final = 100
"""How deep evaluations may be nested, as on AWS."""

MAX_ITEMS: Final = 873_782
"""The longest array, as on AWS."""

MAX_TEXT_LENGTH: Final = 1_048_576
"""The longest text, in characters: four times the longest output of a state."""

MAX_WEIGHT: Final = 1_000_000
"""How many values one array or object may contain, at any depth: walking over it visits all of them."""

MAX_DATA_WEIGHT: Final = 262_144
"""From this weight on, a value in JSON certainly exceeds the longest output of a state, 256 KiB."""

MAX_NESTING: Final = 200
"""How deep arrays and objects may be nested."""

MAX_CELLS: Final = 20_000_000
"""How much one evaluation may create: items of arrays and objects, and every eight characters of text."""

MAX_SECONDS: Final = 0.8
"""The processor time of one evaluation, in seconds."""

RESERVE: Final = 0.1
"""The part of each limit that is kept for the catcher of a failed evaluation."""

_STEPS_BETWEEN_TIME_CHECKS: Final = 64
LONG: Final = 1_000
"""Work on more items than these is slow enough to check the time."""

_COPIES_PER_STEP: Final = 20_000
"""How many items are copied in the time of a step."""

_VALUES_PER_STEP: Final = 8
"""How many values of an array or object are visited in the time of a step."""

TOO_DEEP: Final = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)
TOO_LONG: Final = "Expression evaluation timeout: Check for infinite loop"
TOO_LARGE: Final = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


class CutOff(BaseException):
    """An evaluation exceeded a limit. It is not an Exception, so that no library catches it."""


class TooHeavy(CutOff):
    """A value is or contains too many values."""

    def __init__(self) -> None:
        super().__init__(TOO_LARGE)


class Budget:
    """The limits of one evaluation, shared by all its parts."""

    __slots__ = (
        "_cells",
        "_deadline",
        "_depth",
        "_kept",
        "_lap",
        "_max_cells",
        "_max_steps",
        "_next_time_check",
        "_steps",
        "_weights",
    )

    def __init__(self) -> None:
        self._steps = 0
        self._depth = 0
        self._cells = 0
        self._max_steps = MAX_STEPS
        self._max_cells = MAX_CELLS
        self._next_time_check = _STEPS_BETWEEN_TIME_CHECKS
        self._lap = time.thread_time()
        self._deadline = self._lap + MAX_SECONDS
        self._weights: dict[int, tuple[int, int]] = {}
        self._kept: list[object] = []

    def step(self) -> None:
        """Count a step. Raises CutOff."""
        self._steps += 1
        if self._steps > self._max_steps:
            raise CutOff(TOO_LONG)
        if self._steps >= self._next_time_check:
            self._next_time_check = self._steps + _STEPS_BETWEEN_TIME_CHECKS
            self.check_time()

    def check_time(self) -> None:
        """Check the time limit. Raises CutOff."""
        if time.thread_time() > self._deadline:
            raise CutOff(TOO_LONG)

    def open_reserve(self) -> None:
        """Allow the work of a catcher after a failed evaluation, which may have used everything up."""
        self._max_steps = self._steps + round(MAX_STEPS * RESERVE)
        self._max_cells = self._cells + round(MAX_CELLS * RESERVE)
        self._deadline = time.thread_time() + MAX_SECONDS * RESERVE

    def lap(self) -> float:
        """Return the processor time since the last lap, in seconds."""
        before, self._lap = self._lap, time.thread_time()
        return self._lap - before

    def spend(self, steps: int) -> None:
        """Count work that takes as long as this number of steps. Raises CutOff."""
        self._steps += steps
        self.step()

    def spend_on_appending(self, count: int) -> None:
        """Count items that are appended one by one, with a copy of the array each time. Raises CutOff."""
        self.spend(count**2 // _COPIES_PER_STEP)

    def spend_on_text(self, length: int, per_step: int) -> None:
        """Count work on a text, of which `per_step` characters take the time of a step. Raises CutOff."""
        self.spend(length // per_step)

    def spend_on_walking(self, value: object, times: int = 1) -> None:
        """Count walks over a whole value. Raises CutOff."""
        weight, _ = self.weigh(value)
        self.spend(times * weight // _VALUES_PER_STEP)

    def enter(self) -> None:
        """Go one level deeper. Raises CutOff."""
        if self._depth >= MAX_DEPTH:
            raise CutOff(TOO_DEEP)
        self._depth += 1
        self.step()

    def leave(self) -> None:
        """Return to the level above."""
        self._depth -= 1

    def require_seconds_left(self) -> float:
        """Return the time left for work that cannot be interrupted, in seconds. Raises CutOff if none is."""
        left = self._deadline - time.thread_time()
        if left <= 0:
            raise CutOff(TOO_LONG)
        return left

    def allow_items(self, count: float) -> None:
        """Check the length of an array before it is created. Raises CutOff."""
        if count > MAX_ITEMS:
            raise CutOff(TOO_LARGE)

    def allow_text(self, length: float) -> None:
        """Check the length of a text before it is created. Raises CutOff."""
        if length > MAX_TEXT_LENGTH:
            raise CutOff(TOO_LARGE)

    def account(self, created: object) -> None:
        """Count a value that was created. Raises CutOff."""
        if isinstance(created, str):
            self.allow_text(len(created))
            self._cells += len(created) // 8
        elif isinstance(created, (list, dict)):
            self.allow_items(len(created))
            self._cells += len(created)
            self.weigh(created)
            if len(created) > LONG:
                self.check_time()
        if self._cells > self._max_cells:
            raise CutOff(TOO_LARGE)

    def weigh(self, value: object) -> tuple[int, int]:
        """Return how many values a value contains, and their depth. Raises CutOff if it exceeds a limit.

        A value that another one contains twice counts twice, since a walk visits it twice.
        """
        if not isinstance(value, (list, dict)):
            return (1 + len(value) // 64 if isinstance(value, str) else 1), 0
        known = self._weights.get(id(value))
        if known is None:
            known = self._weigh_container(value)
            self._weights[id(value)] = known
            self._kept.append(value)
        return known

    def exceeds_data_limit(self, value: object) -> bool:
        """Whether a value certainly exceeds the longest output of a state. Raises CutOff."""
        try:
            weight, _ = self.weigh(value)
        except TooHeavy:
            return True
        return weight > MAX_DATA_WEIGHT

    def _weigh_container(self, value: list[object] | dict[str, object]) -> tuple[int, int]:
        weight, nesting = 1 + len(value), 0
        self.spend(len(value) // _VALUES_PER_STEP)
        for child in _list_children(value):
            if isinstance(child, str):
                weight += len(child) // 64
            elif isinstance(child, (list, dict)):
                child_weight, child_nesting = self.weigh(child)
                weight += child_weight - 1
                nesting = max(nesting, child_nesting)
                _check_weight(weight)
        _check_weight(weight)
        if nesting >= MAX_NESTING:
            raise CutOff(TOO_LARGE)
        return weight, nesting + 1


def _check_weight(weight: int) -> None:
    if weight > MAX_WEIGHT:
        raise TooHeavy


def _list_children(value: list[object] | dict[str, object]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value
