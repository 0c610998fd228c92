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

TYPE_CHECKING = False
"""True for type checkers. The name in `typing` costs the time of its import."""

if TYPE_CHECKING:
    from delay.client import Delay
    from delay.clock import Clock, SystemClock
    from delay.dead_letters.letter import DeadLetter
    from delay.dead_letters.redriving import DeadLetters, Outcome, Redrive
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
else:
    # Nothing is imported before it is used: Ctrl-C ends the command in good order from its first moment, and
    # `delay --help` and shell completion do not wait for botocore.
    _PUBLIC_MODULES = ("client", "clock", "errors", "listing", "request", "task", "testing")
    _ERRORS = "delay.errors"
    _MODULES = {
        "CallRate": "delay.many.rate_limit",
        "CallRates": "delay.executions.call_rates",
        "Change": "delay.request",
        "Clock": "delay.clock",
        "Counts": "delay.task",
        "DeadLetter": "delay.dead_letters.letter",
        "DeadLetters": "delay.dead_letters.redriving",
        "Delay": "delay.client",
        "Estimate": "delay.listing",
        "Generation": "delay.executions.generation",
        "Listing": "delay.listing",
        "Outcome": "delay.dead_letters.redriving",
        "Redrive": "delay.dead_letters.redriving",
        "Request": "delay.request",
        "Result": "delay.request",
        "ScheduledTask": "delay.task",
        "Status": "delay.task",
        "SystemClock": "delay.clock",
        "Task": "delay.task",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module  # noqa: PLC0415 - as above

        if name in _PUBLIC_MODULES:
            return import_module(f"delay.{name}")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_MODULES.get(name, _ERRORS)), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_PUBLIC_MODULES})


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
