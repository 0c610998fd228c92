"""The sizes of the table's rows and messages, and the write units of a task."""

import json
from typing import Final

from delay.planning.request_units import count_write_units, measure_item

_KEY: Final = "k" * 32
_TOKEN: Final = "0" * 16
_TIME: Final = {"N": "1795512601"}
_SMALL: Final = {"N": "1"}
_SLOT: Final = {"S": "slot#29925210#7"}


def measure_slot_row(payload_bytes: float) -> float:
    """Return the bytes of a slot row with such a payload and a key of 32 bytes."""
    return payload_bytes + measure_item(
        {
            "pk": _SLOT,
            "sk": {"S": f"001795512601#{_KEY}#{_TOKEN}"},
            "payload": {"S": ""},
            "delay": _TIME,
            "made": {"S": _TOKEN},
            "expires": _TIME,
        }
    )


def measure_key_row() -> int:
    """Return the bytes of an ended task's key row with a key of 32 bytes, without an error and a result."""
    times = dict.fromkeys(("due", "delay", "scheduled", "lease", "called", "ended", "expires"), _TIME)
    tokens = {name: {"S": _TOKEN} for name in ("token", "made", "claim")}
    return measure_item(
        {
            "pk": {"S": "key#63"},
            "sk": {"S": _KEY},
            "slot": _SLOT,
            "status": {"S": "SUCCEEDED"},
            "digest": {"S": "0" * 32},
            "moves": _SMALL,
            "attempts": _SMALL,
            **times,
            **tokens,
        }
    )


def measure_message(payload: str | None) -> int:
    """Return the bytes of a message with this payload, or with the address of a large one."""
    time = int(_TIME["N"])
    members = {"key": _KEY, "token": _TOKEN, "due": time, "delay": time, "made": _TOKEN, "slot": _SLOT["S"]}
    if payload is not None:
        members["payload"] = payload
    return len(json.dumps(members, separators=(",", ":")).encode())


def count_units_of_a_task(payload_bytes: float, moves: float = 0) -> float:
    """Return the write units of a task that is called once: its two rows, the claim and the end.

    A move takes another slot row, the change of the key row, and the refused claim of the old message.
    """
    slot, key = count_write_units(measure_slot_row(payload_bytes)), count_write_units(measure_key_row())
    return slot + 3 * key + moves * (slot + 2 * key)
