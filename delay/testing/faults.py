"""The errors that a test makes the fakes raise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """When a call fails."""

    BEFORE = "BEFORE"
    """Before the call takes effect."""
    AFTER = "AFTER"
    """After the call took effect; its answer is lost."""


@dataclass(slots=True)
class Fault:
    """An error that the next `times` calls of an operation raise."""

    operation: str
    error: BaseException
    moment: Moment
    times: int


@dataclass(slots=True)
class Faults:
    """The pending errors. `watch` is called before and after every call takes effect."""

    pending: list[Fault] = field(default_factory=list)
    watch: Callable[[str, Moment], None] | None = None

    def raise_pending(self, operation: str, moment: Moment) -> None:
        """Raise the pending error for this moment of a call, if there is one."""
        if self.watch is not None:
            self.watch(operation, moment)
        for fault in self.pending:
            if fault.operation == operation and fault.moment is moment and fault.times:
                fault.times -= 1
                raise fault.error
