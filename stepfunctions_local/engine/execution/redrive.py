"""The rules of redrive: which unsuccessful executions can go on, and until when.

Source: "Restarting state machine executions with redrive in Step Functions", and the reasons that
DescribeExecution in the API Reference lists.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from stepfunctions_local.engine.execution.execution import MAX_LIFE, Execution, Position, Status
from stepfunctions_local.engine.execution.history import MAX_EVENTS

REDRIVE_PERIOD: Final = timedelta(days=14)
"""The time after its end in which an execution can be redriven."""

TOKEN_LIFE: Final = timedelta(minutes=15)
"""The time in which a repeated client token refers to the redrive that it was first used for."""

_MAX_EVENTS_BEFORE: Final = MAX_EVENTS - 2
"""There must be room for ExecutionRedriven and one more event."""


def restart(execution: Execution, now: datetime) -> Execution:
    """Return a redriven execution: it runs again since `now` (UTC)."""
    return replace(
        execution,
        status=Status.RUNNING,
        stopped=None,
        error=None,
        cause=None,
        redrives=execution.redrives + 1,
        redriven=now,
    )


def find_obstacle(
    execution: Execution, halted: Position | None, now: datetime, *, deleting: bool
) -> str | None:
    """Return the reason, in AWS's words, why an execution cannot be redriven; None if it can.

    `halted` is the position of its root when it ended.
    """
    if deleting:
        return "State machine is in DELETING status"
    if execution.stopped is None or execution.status is Status.SUCCEEDED:
        return f"Execution is {execution.status} and cannot be redriven"
    if halted is None or halted.last_event_id > _MAX_EVENTS_BEFORE:
        return "Execution history event limit exceeded"
    if now >= execution.started + MAX_LIFE:
        return "Execution has exceeded the max execution time"
    if now > execution.stopped + REDRIVE_PERIOD:
        return "Execution redrivable period exceeded"
    return None
