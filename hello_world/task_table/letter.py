"""Letters in the dead-letter queue: failed tasks, and messages that no participant has sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from task_table.key_row import KeyRow


def format_letter(row: KeyRow) -> str:
    """Return the letter of a failed task. Its payload stays in the table, for it may be personal."""
    members = {
        "key": row.key,
        "token": row.token,
        "status": row.status.value,
        "due": row.due,
        "ended": row.ended,
        "attempts": row.attempts,
        "error": row.error,
        "cause": row.cause,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def format_unreadable(body: str, reason: str) -> str:
    """Return the letter of a message that cannot be read."""
    return json.dumps({"unreadable": body, "reason": reason}, separators=(",", ":"))
