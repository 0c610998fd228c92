"""The steps that prove the tasks in a stack's table, wherever it is deployed.

`begin` lets a message be lost and the drain miss its ticks, which takes three minutes to be mended. The
story of the executions passes that time, and `catch_up` comes after it.
"""

from dataclasses import dataclass
from typing import Final

from task_table.horizon import LOOK_AHEAD_SECONDS, find_horizon
from task_table.slot import SECONDS
from task_table.sweep import AGES_SECONDS
from verification.errors import NotAsExpected
from verification.release import Release
from verification.steps import Steps
from verification.table.dying_client import schedule_without_message
from verification.table.participants import Participants
from verification.tasks import Tasks

_WORKS: Final = "table-works"
_REPLACED: Final = "table-is-replaced"
_CANCELLED: Final = "table-is-cancelled"
_FAILS: Final = "table-fails"
_LOST: Final = "table-message-is-lost"
_BEYOND: Final = "table-waits-for-the-drain"

_FAR: Final = "7d"
_WITHIN: Final = "8d"
_REPLACEMENT: Final = '{"rehearsal": "replaced"}'
_MARGIN_SECONDS: Final = 10
"""For the commands between the choice of a due time and the task in the table."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The slots of two tasks, by their minutes since 1970, which `catch_up` has to know."""

    lost_minute: int
    """That of the task without a message."""
    beyond_minute: int
    """That of the task that the drain has to send: the first beyond the horizon of clients."""


def begin(tasks: Tasks, participants: Participants, steps: Steps) -> Beginning:
    """Let the drain make the cursor, lose a message, and let the drain miss its ticks."""
    with steps.step("table: the first tick of the drain makes the cursor"):
        participants.drain()
        participants.read_cursor()
    with steps.step("table: a client dies before it sends its message, and the drain misses its ticks"):
        participants.stop_drain()
        lost_minute = _lose_message(participants)
        due = find_horizon(participants.clock() + _MARGIN_SECONDS)
        tasks.schedule_at(_BEYOND, due)
    return Beginning(lost_minute, due // SECONDS)


def _lose_message(participants: Participants) -> int:
    """Return the slot's minute."""
    schedule_without_message(participants.table_arn, participants.table, _LOST, {"rehearsal": True})
    row = participants.table.get(_LOST)
    if row is None:
        raise NotAsExpected(f"The task {_LOST} is not in the table.")
    return row.due // SECONDS


def use(tasks: Tasks, steps: Steps) -> None:
    """Schedule, list, replace and cancel tasks. `catch_up` moves one."""
    with steps.step("table: delay schedule, delay wait: the function is called, not before its second"):
        tasks.schedule(_WORKS)
        tasks.succeed_in_time(_WORKS)
    with steps.step("table: delay list --due-within, delay schedule --replace: called with the new payload"):
        tasks.schedule(_REPLACED, after=_FAR)
        tasks.require_listed(_REPLACED, _WITHIN)
        tasks.replace(_REPLACED, _REPLACEMENT)
        tasks.succeed(_REPLACED, _REPLACEMENT)
    with steps.step("table: delay cancel: the function is not called"):
        tasks.schedule(_CANCELLED, after=_FAR)
        tasks.cancel(_CANCELLED)


def break_and_mend(tasks: Tasks, release: Release, steps: Steps) -> None:
    """Release a broken function, find the failure in the table's queue, mend the function, and redrive."""
    with steps.step("table: release a broken function: a task fails at its last attempt"):
        release.break_it()
        tasks.schedule(_FAILS)
        tasks.fail(_FAILS)
    with steps.step("table: the failure is in the table's dead-letter queue"):
        tasks.await_in_queue(_FAILS)
    with steps.step("table: mend the function, delay redrive --from-queue: the task succeeds"):
        release.mend()
        tasks.redrive_from_queue(_FAILS)
        tasks.succeed(_FAILS)


def catch_up(tasks: Tasks, participants: Participants, beginning: Beginning, steps: Steps) -> None:
    """Let the drain and the sweep make up for what was missed and lost."""
    with steps.step("table: the schedule calls the drain again, which goes on from its cursor"):
        _resume(participants, beginning.beyond_minute)
    with steps.step("table: delay reschedule, after the message was sent: the task is called in time"):
        tasks.move(_BEYOND)
        tasks.succeed_in_time(_BEYOND)
    with steps.step("table: the schedule has called the sweep"):
        participants.await_swept()
    with steps.step("table: the sweep finds the task without a message: it is called"):
        swept = (beginning.lost_minute + 1) * SECONDS + AGES_SECONDS[0]
        participants.wait_until(swept)
        participants.sweep()
        tasks.succeed(_LOST)
        _require_called_from(swept, participants)


def _require_called_from(second: int, participants: Participants) -> None:
    row = participants.table.get(_LOST)
    if row is None or row.called is None or row.called < second:
        raise NotAsExpected(f"The task {_LOST} was called without the sweep: its message was not lost.")


def _resume(participants: Participants, minute: int) -> None:
    """Enable the schedule once its first tick has to send a minute, and wait for that."""
    if participants.read_cursor().drained > minute:
        raise NotAsExpected("The drain was called although its schedule was disabled.")
    participants.wait_until(minute * SECONDS - LOOK_AHEAD_SECONDS)
    participants.resume_drain()
    participants.await_drained(minute)
