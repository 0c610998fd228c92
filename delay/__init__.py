"""Schedule, find and cancel delayed tasks on AWS: Step Functions executions, or rows of a table.

    from datetime import timedelta
    from delay import Delay

    delay = Delay.from_stack("delayed-tasks")
    delay.schedule({"a": 1233333}, after=timedelta(days=7), key="order-42-confirm")
    delay.get("order-42-confirm").status
    delay.cancel("order-42-confirm")

The names exported here and the modules client, task, request, listing, errors, clock and testing are public.
Modules that begin with `_`, the modules opening and store, and the folders aws, cli, dead_letters,
executions, files, many, planning, table and text are private.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from delay.clock import Clock, SystemClock
from delay.dead_letters.letter import DeadLetter
from delay.errors import (
    Contended,
    DelayError,
    DuplicateKey,
    InvalidArn,
    InvalidDueTime,
    InvalidKey,
    InvalidPayload,
    InvalidRequest,
    InvalidStateMachine,
    InvalidTable,
    KeyUsedUp,
    NoSuchQueue,
    NoSuchStack,
    NoSuchStateMachine,
    NoSuchStore,
    NoSuchTable,
    NoSuchTask,
    NotPermitted,
    NotRedrivable,
    OverQuota,
    Refused,
    ServiceError,
    StillOpen,
    Throttled,
    TooLate,
    UnknownDeadLetter,
    Unreachable,
)
from delay.executions.call_rates import CallRates
from delay.executions.generation import Generation
from delay.listing import Estimate, Listing
from delay.many.rate_limit import CallRate
from delay.request import Change, Request, Result
from delay.task import Counts, ScheduledTask, Status, Task

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.dead_letters.redriving import DeadLetters, Outcome, Redrive
else:
    # These import botocore, which `delay --help` and shell completion should not have to wait for.
    _IMPORTED_LATE = {
        "DeadLetters": "delay.dead_letters.redriving",
        "Delay": "delay.client",
        "Outcome": "delay.dead_letters.redriving",
        "Redrive": "delay.dead_letters.redriving",
    }

    def __getattr__(name: str) -> object:
        if name not in _IMPORTED_LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_IMPORTED_LATE[name]), name)


__all__ = [
    "CallRate",
    "CallRates",
    "Change",
    "Clock",
    "Contended",
    "Counts",
    "DeadLetter",
    "DeadLetters",
    "Delay",
    "DelayError",
    "DuplicateKey",
    "Estimate",
    "Generation",
    "InvalidArn",
    "InvalidDueTime",
    "InvalidKey",
    "InvalidPayload",
    "InvalidRequest",
    "InvalidStateMachine",
    "InvalidTable",
    "KeyUsedUp",
    "Listing",
    "NoSuchQueue",
    "NoSuchStack",
    "NoSuchStateMachine",
    "NoSuchStore",
    "NoSuchTable",
    "NoSuchTask",
    "NotPermitted",
    "NotRedrivable",
    "Outcome",
    "OverQuota",
    "Redrive",
    "Refused",
    "Request",
    "Result",
    "ScheduledTask",
    "ServiceError",
    "Status",
    "StillOpen",
    "SystemClock",
    "Task",
    "Throttled",
    "TooLate",
    "UnknownDeadLetter",
    "Unreachable",
]
