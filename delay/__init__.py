"""Schedule, find and cancel delayed tasks on AWS Step Functions.

from datetime import timedelta
from delay import Delay

delay = Delay.from_stack("delayed-tasks")
delay.schedule({"a": 1233333}, after=timedelta(days=7), key="order-42-confirm")
delay.get("order-42-confirm").status
delay.cancel("order-42-confirm")
"""

from delay.client import Delay
from delay.clock import Clock, SystemClock
from delay.errors import (
    Contended,
    DelayError,
    DuplicateKey,
    InvalidDueTime,
    InvalidKey,
    InvalidPayload,
    InvalidRequest,
    InvalidStateMachine,
    KeyUsedUp,
    NoSuchStack,
    NoSuchStateMachine,
    NoSuchTask,
    NotPermitted,
    NotRedrivable,
    OverQuota,
    Refused,
    ServiceError,
    StillOpen,
    Throttled,
    TooLate,
    Unreachable,
)
from delay.generation import Generation
from delay.listing import Estimate, Listing
from delay.quota import CallRate, CallRates
from delay.request import Request, Result
from delay.task import Status, Task

__all__ = [
    "CallRate",
    "CallRates",
    "Clock",
    "Contended",
    "Delay",
    "DelayError",
    "DuplicateKey",
    "Estimate",
    "Generation",
    "InvalidDueTime",
    "InvalidKey",
    "InvalidPayload",
    "InvalidRequest",
    "InvalidStateMachine",
    "KeyUsedUp",
    "Listing",
    "NoSuchStack",
    "NoSuchStateMachine",
    "NoSuchTask",
    "NotPermitted",
    "NotRedrivable",
    "OverQuota",
    "Refused",
    "Request",
    "Result",
    "ServiceError",
    "Status",
    "StillOpen",
    "SystemClock",
    "Task",
    "Throttled",
    "TooLate",
    "Unreachable",
]
