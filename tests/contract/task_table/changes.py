"""Every change of a key row, as a participant makes it that has read the row."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from task_table import transitions
from task_table.key_row import KeyRow, RowStatus
from task_table.settings import Settings
from task_table.write import Change, Creation
from tests.contract.task_table.rows import NOW, build_row, build_slot_row

Write = Creation | Change

NEW_TOKEN = "fedcba9876543210"  # noqa: S105 - of a task, and no secret
KEEP_SECONDS = 3_600
NEW_SLOT_ROW = build_slot_row(token=NEW_TOKEN, due=NOW + 120)


def claim(row: KeyRow, *, records_end: bool = True) -> Change:
    """Claim a task for a receive of its own."""
    settings = Settings(
        queue_url="q", keep_seconds=KEEP_SECONDS, attempts=4, lease_seconds=45, records_end=records_end
    )
    return transitions.claim(row.key, row.token, "mine", NOW, settings)


def hold(row: KeyRow) -> KeyRow:
    """Return the row as a worker has it: with a claim."""
    return row if row.claim else replace(row, claim="mine")


CHANGES: Mapping[str, Callable[[KeyRow], Write]] = {
    "create": lambda row: transitions.create(build_row(key=row.key, token=NEW_TOKEN, made=NEW_TOKEN), NOW),
    "move": lambda row: transitions.move(row, replace(NEW_SLOT_ROW, key=row.key)),
    "replace": lambda row: transitions.replace(row, replace(NEW_SLOT_ROW, key=row.key), "a new digest"),
    "cancel": lambda row: transitions.cancel(row, NOW, KEEP_SECONDS),
    "redrive": lambda row: transitions.redrive(row, replace(NEW_SLOT_ROW, key=row.key), NOW),
    "relocate": lambda row: transitions.relocate(row, replace(NEW_SLOT_ROW, key=row.key)),
    "claim": claim,
    "claim that records no end": lambda row: claim(row, records_end=False),
    "release": lambda row: transitions.release(hold(row), "TryAgain", "the warehouse is closed"),
    "succeed": lambda row: transitions.succeed(hold(row), NOW, KEEP_SECONDS, '{"shipped":true}'),
    "succeed without result": lambda row: transitions.succeed(hold(row), NOW, KEEP_SECONDS, None),
    "fail": lambda row: transitions.fail(hold(row), NOW, KEEP_SECONDS, "ValueError", "no such order"),
    "exhaust": lambda row: transitions.exhaust(row, NOW, KEEP_SECONDS, "WorkerLost", "it timed out"),
}

CLAIMED: dict[str, object] = {"claim": "mine", "called": NOW - 10, "attempts": 1, "lease": NOW + 35}
ENDED: dict[str, object] = {"ended": NOW - 7_200, "expires": NOW - 3_600}

STANDINGS: Mapping[str, Mapping[str, object]] = {
    "waiting": {},
    "running": {**CLAIMED, "status": RowStatus.RUNNING},
    "running, past its lease": {**CLAIMED, "status": RowStatus.RUNNING, "lease": NOW - 1},
    "called": {**CLAIMED, "status": RowStatus.CALLED},
    "succeeded": {**CLAIMED, **ENDED, "status": RowStatus.SUCCEEDED},
    "failed": {**CLAIMED, **ENDED, "status": RowStatus.FAILED},
    "cancelled": {**ENDED, "status": RowStatus.CANCELLED},
    "cancelled, and kept": {**ENDED, "status": RowStatus.CANCELLED, "expires": NOW + 1},
}
"""How a task may stand, as what its row has besides a waiting one's."""

ACCEPTED: Mapping[str, set[str]] = {
    "create": {"succeeded", "failed", "cancelled"},
    "move": {"waiting"},
    "replace": {"waiting"},
    "cancel": {"waiting"},
    "redrive": {"failed", "running, past its lease", "waiting"},
    "relocate": {"waiting", "running", "running, past its lease", "called"},
    "claim": {"waiting", "running, past its lease"},
    "claim that records no end": {"waiting", "running, past its lease"},
    "release": {"running", "running, past its lease", "called"},
    "succeed": {"running", "running, past its lease", "called"},
    "succeed without result": {"running", "running, past its lease", "called"},
    "fail": {"running", "running, past its lease", "called"},
    "exhaust": {"running, past its lease"},
}
"""The standings in which a change is accepted, of a task that is past due."""
