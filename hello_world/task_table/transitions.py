"""The changes of a key row. Each function returns a conditional write; its docstring has the rule behind it.

A refused write may have been carried out before: its first answer was lost, and botocore sent it again.
`is_own` finds that out by the token or the claim, both of which are random.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from boto3.dynamodb.conditions import Attr, ConditionBase

from task_table.key_row import CLAIMED, ENDED, KeyRow, RowStatus
from task_table.write import Change, Creation

if TYPE_CHECKING:
    from task_table.settings import Settings
    from task_table.slot_row import SlotRow

_TOKEN_BYTES: Final = 8

_LONGEST_IN_QUEUE_SECONDS: Final = 14 * 86_400
"""Until then, SQS may deliver the message of a called task again, which needs its row.

Source: MessageRetentionPeriod in SetQueueAttributes in the API Reference.
"""

FAILED_KEPT_SECONDS: Final = 15 * 86_400
"""How long a failed task is kept at least: a day longer than its letter, which may be redriven until then."""

_OUTCOME: Final = frozenset({"ended", "error", "cause", "result", "expires"})
"""The attributes of ended tasks alone. An open one with `expires` would be deleted."""


def make_token() -> str:
    """Return a new token or claim: 16 random hexadecimal digits."""
    return secrets.token_hex(_TOKEN_BYTES)


def create(row: KeyRow, now: int) -> Creation:
    """Make a task, if its key is free: there is no row, or one of a task that ended over `keep` ago.

    DynamoDB deletes expired rows days late, so the condition looks at the time. One's own task is never made
    again, however late botocore repeats the request.
    """
    is_over = _has_status(*ENDED, RowStatus.CALLED) & Attr("expires").lt(now) & ~Attr("made").eq(row.made)
    return Creation(row, Attr("sk").not_exists() | is_over)


def move(row: KeyRow, slot_row: SlotRow) -> Change:
    """Give a waiting task a new due time and a new token, which makes the messages of the old one stale."""
    return Change(
        row.key,
        _is_waiting(row.token),
        values={**_point_to(slot_row), "delay": slot_row.delay},
        added={"moves": 1},
    )


def replace(row: KeyRow, slot_row: SlotRow, digest: str) -> Change:
    """Give a waiting task another payload and due time."""
    moved = move(row, slot_row)
    return Change(row.key, moved.condition, {**moved.values, "digest": digest}, added=moved.added)


def cancel(row: KeyRow, now: int, keep_seconds: int) -> Change:
    """End a task that was not called."""
    return Change(row.key, _is_waiting(row.token), values=_end(RowStatus.CANCELLED, now, keep_seconds))


def redrive(row: KeyRow, slot_row: SlotRow, now: int) -> Change:
    """Make a failed task due again, or an open one that is past due and that no worker holds.

    `expires` is removed, because DynamoDB would delete the open task.
    """
    is_free = Attr("lease").not_exists() | Attr("lease").lt(now)
    is_stuck = _has_status(RowStatus.WAITING, *CLAIMED) & Attr("due").lt(now) & is_free
    return Change(
        row.key,
        _has_token(row.token) & (_has_status(RowStatus.FAILED) | is_stuck),
        values={**_point_to(slot_row), "status": RowStatus.WAITING.value, "attempts": 0},
        removed=_OUTCOME | {"claim", "lease"},
    )


def relocate(row: KeyRow, slot_row: SlotRow) -> Change:
    """Point an open task to a copy of its slot row. Its token and due time stay."""
    is_open = _has_status(RowStatus.WAITING, *CLAIMED)
    return Change(row.key, _has_token(row.token) & is_open, values={"slot": slot_row.slot.pk})


def claim(key: str, token: str, mine: str, now: int, settings: Settings) -> Change:
    """Take a due task to call it: a waiting one, or one whose holder's lease has run out.

    `mine` is the claim of this receive: two workers may have received the same message. If ends are not
    recorded, the claim is the row's last change, so it sets the row's expiry.
    """
    is_abandoned = _has_status(*CLAIMED) & Attr("lease").lt(now)
    is_free = _has_status(RowStatus.WAITING) | is_abandoned
    lease = now + settings.lease_seconds
    status = RowStatus.RUNNING if settings.records_end else RowStatus.CALLED
    values: dict[str, str | int] = {"status": status.value, "claim": mine, "lease": lease, "called": now}
    if not settings.records_end:
        values["expires"] = lease + settings.keep_seconds + _LONGEST_IN_QUEUE_SECONDS
    return Change(
        key,
        _has_token(token) & is_free & Attr("attempts").lt(settings.attempts),
        values=values,
        removed=frozenset({"expires"} if settings.records_end else {"error", "cause"}),
        added={"attempts": 1},
    )


def release(row: KeyRow, error: str, cause: str) -> Change:
    """Give a task back after a failed attempt: the next claim need not wait for the lease."""
    values: dict[str, str | int] = {"status": RowStatus.RUNNING.value, "lease": 0}
    return Change(
        row.key, _is_mine(row), values=values | _describe(error, cause), removed=frozenset({"expires"})
    )


def succeed(row: KeyRow, now: int, keep_seconds: int, result: str | None) -> Change:
    """Record that the function returned. `result` is JSON text that fits into the row, if any does."""
    values = _end(RowStatus.SUCCEEDED, now, keep_seconds)
    if result is not None:
        values["result"] = result
    return Change(row.key, _is_mine(row), values=values, removed=frozenset({"error", "cause"}))


def fail(row: KeyRow, now: int, keep_seconds: int, error: str, cause: str) -> Change:
    """Record that the last attempt failed."""
    return Change(
        row.key,
        _is_mine(row),
        values=_fail(now, keep_seconds) | _describe(error, cause),
    )


def exhaust(row: KeyRow, now: int, keep_seconds: int, error: str, cause: str) -> Change:
    """Record the failure of a task whose attempts are used up, and whose last holder never answered."""
    is_abandoned = _has_status(*CLAIMED) & Attr("lease").lt(now) & Attr("attempts").eq(row.attempts)
    return Change(
        row.key,
        _has_token(row.token) & is_abandoned,
        values=_fail(now, keep_seconds) | _describe(error, cause),
    )


def is_own(write: Creation | Change, row: KeyRow | None) -> bool:
    """Return whether a refused write had been carried out before: the row has its token or its claim.

    A creation is one's own also if the task was moved since, which leaves `made` as it was.
    """
    if row is None:
        return False
    if isinstance(write, Creation):
        return row.made == write.row.made
    if token := write.values.get("token"):
        return row.token == token
    return "claim" in write.values and row.claim == write.values["claim"]


def _point_to(slot_row: SlotRow) -> dict[str, str | int]:
    return {"token": slot_row.token, "due": slot_row.due, "slot": slot_row.slot.pk}


def _end(status: RowStatus, now: int, keep_seconds: int) -> dict[str, str | int]:
    return {"status": status.value, "ended": now, "expires": now + keep_seconds}


def _fail(now: int, keep_seconds: int) -> dict[str, str | int]:
    return _end(RowStatus.FAILED, now, max(keep_seconds, FAILED_KEPT_SECONDS))


def _describe(error: str, cause: str) -> dict[str, str | int]:
    return {"error": error, "cause": cause}


def _has_token(token: str) -> ConditionBase:
    return Attr("token").eq(token)


def _has_status(*statuses: RowStatus) -> ConditionBase:
    return Attr("status").is_in([status.value for status in statuses])


def _is_waiting(token: str) -> ConditionBase:
    return _has_token(token) & _has_status(RowStatus.WAITING)


def _is_mine(row: KeyRow) -> ConditionBase:
    return _has_token(row.token) & Attr("claim").eq(row.claim) & _has_status(*CLAIMED)
