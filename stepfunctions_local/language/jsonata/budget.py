"""What the evaluation of expressions may cost: one that would run for ever is cut off.

The limits are counts, so that an expression is cut off at the same place on every machine; a limit on time
stands behind them, for what is slow without being counted. AWS has such limits too: recursion near 100 levels
deep, arrays of 873,782 items and texts of four million characters were measured there.
"""

import time
from collections.abc import Iterable
from typing import Final

MAX_EXPRESSION_LENGTH: Final = 100_000
"""The longest expression, in characters."""

MAX_STEPS: Final = 300_000
"""How many parts of expressions may be evaluated in one go, which takes about a second."""

MAX_DEPTH: Final = 100
"""How deep evaluations may nest, as on AWS."""

MAX_ITEMS: Final = 873_782
"""The longest array, as on AWS."""

MAX_TEXT_LENGTH: Final = 1_048_576
"""The longest text, in characters: four times what a state can hand on."""

MAX_WEIGHT: Final = 1_000_000
"""How many values may lie in one array or object, at any depth: who walks over it comes by all of them."""

MAX_NESTING: Final = 200
"""How many arrays and objects may lie inside one another."""

MAX_CELLS: Final = 20_000_000
"""How many items of arrays and objects, and eighths of a text, may be made in one go."""

MAX_SECONDS: Final = 1.0
"""The processor's time, in seconds."""

_STEPS_BETWEEN_LOOKS: Final = 64
_LONG: Final = 1_000
"""What has more items than these took long enough to look at the time."""

TOO_DEEP: Final = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)
TOO_LONG: Final = "Expression evaluation timeout: Check for infinite loop"
TOO_LARGE: Final = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


class CutOff(BaseException):
    """An evaluation went over a limit. It is no Exception, so that the library lets it pass."""


class Budget:
    """What is left to the expressions of one decision."""

    __slots__ = ("_cells", "_deadline", "_depth", "_kept", "_lap", "_steps", "_weights")

    def __init__(self) -> None:
        self._steps = 0
        self._depth = 0
        self._cells = 0
        self._lap = time.thread_time()
        self._deadline = self._lap + MAX_SECONDS
        self._weights: dict[int, tuple[int, int]] = {}
        self._kept: list[object] = []

    def step(self) -> None:
        """Count a step. Raises CutOff."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise CutOff(TOO_LONG)
        if self._steps % _STEPS_BETWEEN_LOOKS == 0:
            self.check_time()

    def check_time(self) -> None:
        """Look at the time. Raises CutOff."""
        if time.thread_time() > self._deadline:
            raise CutOff(TOO_LONG)

    def lap(self) -> float:
        """Return how many seconds of the processor went by since this was asked last."""
        before, self._lap = self._lap, time.thread_time()
        return self._lap - before

    def spend(self, steps: int) -> None:
        """Count what takes as long as so many steps. Raises CutOff."""
        self._steps += steps
        self.step()

    def enter(self) -> None:
        """Go one level deeper. Raises CutOff."""
        if self._depth >= MAX_DEPTH:
            raise CutOff(TOO_DEEP)
        self._depth += 1
        self.step()

    def leave(self) -> None:
        """Come back from a level."""
        self._depth -= 1

    def require_seconds_left(self) -> float:
        """How long something that cannot be interrupted may take. Raises CutOff."""
        left = self._deadline - time.thread_time()
        if left <= 0:
            raise CutOff(TOO_LONG)
        return left

    def allow_items(self, count: float) -> None:
        """Refuse an array before it is made. Raises CutOff."""
        if count > MAX_ITEMS:
            raise CutOff(TOO_LARGE)

    def allow_text(self, length: float) -> None:
        """Refuse a text before it is made. Raises CutOff."""
        if length > MAX_TEXT_LENGTH:
            raise CutOff(TOO_LARGE)

    def account(self, made: object) -> None:
        """Count a value that was made. Raises CutOff."""
        if isinstance(made, str):
            self.allow_text(len(made))
            self._cells += len(made) // 8
        elif isinstance(made, (list, dict)):
            self.allow_items(len(made))
            self._cells += len(made)
            self.weigh(made)
            if len(made) > _LONG:
                self.check_time()
        if self._cells > MAX_CELLS:
            raise CutOff(TOO_LARGE)

    def weigh(self, value: object) -> tuple[int, int]:
        """Return how many values lie in a value, and how deep. Raises CutOff where they are too many.

        A value that lies in another one twice counts twice: whoever walks over it comes by twice.
        """
        if not isinstance(value, (list, dict)):
            return (1 + len(value) // 64 if isinstance(value, str) else 1), 0
        known = self._weights.get(id(value))
        if known is None:
            known = self._weigh_container(value)
            self._weights[id(value)] = known
            self._kept.append(value)
        return known

    def _weigh_container(self, value: list[object] | dict[str, object]) -> tuple[int, int]:
        weight, nesting = 1, 0
        for child in _list_children(value):
            child_weight, child_nesting = self.weigh(child)
            weight += child_weight
            nesting = max(nesting, child_nesting)
            if weight > MAX_WEIGHT:
                raise CutOff(TOO_LARGE)
        if nesting >= MAX_NESTING:
            raise CutOff(TOO_LARGE)
        return weight, nesting + 1


def _list_children(value: list[object] | dict[str, object]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value
