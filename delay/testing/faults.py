"""What can be made to go wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """When something goes wrong with a call."""

    BEFORE = "BEFORE"
    """Step Functions never learns of it."""
    AFTER = "AFTER"
    """It is done, and the answer is lost."""


@dataclass(slots=True)
class Fault:
    """An error that calls raise, so many times."""

    operation: str
    error: BaseException
    moment: Moment
    times: int


@dataclass(slots=True)
class Faults:
    """The errors to come. `watch` is told of every call, before and after it is done."""

    pending: list[Fault] = field(default_factory=list)
    watch: Callable[[str, Moment], None] | None = None

    def strike(self, operation: str, moment: Moment) -> None:
        """Raise what was asked for at this moment of a call."""
        if self.watch is not None:
            self.watch(operation, moment)
        for fault in self.pending:
            if fault.operation == operation and fault.moment is moment and fault.times:
                fault.times -= 1
                raise fault.error
