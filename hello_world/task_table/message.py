"""Messages of the queue: one asks for one call of one task."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from task_table.errors import UnreadableMessage, UnreadableRow
from task_table.slot import Slot
from task_table.slot_row import LATEST_DUE, MAX_KEY_BYTES, build_sort_key

if TYPE_CHECKING:
    from task_table.slot_row import SlotRow

_HALF: Final = re.compile("[\ud800-\udfff]")

MAX_INLINE_BYTES: Final = 4096
"""The largest payload in a message. Ten such messages stay below 64 KB, which SQS bills as one request."""

LONGEST_DELAY_SECONDS: Final = 900
"""How long SQS delays a message at most. Source: "Amazon SQS message quotas"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A task to call. Times are in seconds since 1970.

    `payload` is JSON text; if it is None, the message was too small for it, and it is in the slot row.
    """

    key: str
    token: str
    due: int
    delay: int
    made: str
    slot: str
    """The partition key of the slot row."""
    payload: str | None

    @classmethod
    def of_row(cls, row: SlotRow) -> Self:
        """Return the message of a slot row."""
        return cls(
            key=row.key,
            token=row.token,
            due=row.due,
            delay=row.delay,
            made=row.made,
            slot=row.slot.pk,
            payload=row.payload if len(row.payload.encode()) <= MAX_INLINE_BYTES else None,
        )

    @property
    def slot_sort_key(self) -> str:
        """The sort key of the slot row."""
        return build_sort_key(self.due, self.key, self.token)

    def compute_delay_seconds(self, now: float) -> int:
        """Return the seconds for which SQS hides the message: it must not come before the task is due."""
        return max(0, min(-int((now - self.due) // 1), LONGEST_DELAY_SECONDS))

    def format(self) -> str:
        """Return the body of the message."""
        members: dict[str, str | int] = {
            "key": self.key,
            "token": self.token,
            "due": self.due,
            "delay": self.delay,
            "made": self.made,
            "slot": self.slot,
        }
        if self.payload is not None:
            members["payload"] = self.payload
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, body: str) -> Self:
        """Return a message from its body.

        Raises:
            UnreadableMessage: no participant has sent it.

        """
        members = _parse_object(body)
        texts = {name: _require(members, name, str) for name in ("key", "token", "made", "slot")}
        numbers = {name: _require(members, name, int) for name in ("due", "delay")}
        if not 0 <= numbers["due"] <= LATEST_DUE:
            raise UnreadableMessage("due must be a second from 1970 to the year 9999.")
        _require_key(texts["key"])
        try:
            Slot.of_partition(texts["slot"])
        except UnreadableRow as error:
            raise UnreadableMessage(str(error)) from error
        payload = None if members.get("payload") is None else _require(members, "payload", str)
        return cls(**texts, **numbers, payload=payload)


def _parse_object(body: str) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableMessage(f"The message is not JSON: {error}") from error
    if not isinstance(members, dict):
        raise UnreadableMessage(f"The message must be an object, got {type(members).__name__}.")
    return members


def _require_key(key: str) -> None:
    if len(key.encode()) > MAX_KEY_BYTES:
        raise UnreadableMessage(f"A key has at most {MAX_KEY_BYTES} bytes of UTF-8, got {key!r:.100}.")


def _require(members: dict[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401 - of the kind that is asked for
    value = members.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        raise UnreadableMessage(f"{name} must be of type {kind.__name__}, got {value!r:.100}.")
    if isinstance(value, str) and _HALF.search(value):
        raise UnreadableMessage(f"{name} has half a surrogate: {value!r:.100}.")
    return value
