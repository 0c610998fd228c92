"""The keys of tasks in a table."""

import re
from typing import Final

from delay.errors import InvalidKey
from task_table.slot_row import MAX_KEY_BYTES

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def validate_key(key: str) -> str:
    """Return the key if a task can have it. Keys are compared byte for byte, not normalised.

    Raises:
        InvalidKey: it is empty or too long, or has control characters or half of a surrogate pair.

    """
    size = _measure("A key", key)
    if not 1 <= size <= MAX_KEY_BYTES:
        raise InvalidKey(f"A key has 1 to {MAX_KEY_BYTES} bytes of UTF-8, got {size:,}.")
    if forbidden := _CONTROL.search(key):
        raise InvalidKey(f"A key must not contain the control character {forbidden[0]!r}, got {key!r}.")
    return key


def validate_prefix(prefix: str) -> str:
    """Return a prefix of keys; an empty one is that of all keys.

    Raises:
        InvalidKey: no key can begin with it.

    """
    size = _measure("A prefix", prefix)
    if size > MAX_KEY_BYTES:
        raise InvalidKey(f"A prefix has at most {MAX_KEY_BYTES} bytes of UTF-8, got {size:,}.")
    return prefix


def _measure(name: str, text: object) -> int:
    if not isinstance(text, str):
        raise InvalidKey(f"{name} is a string, got {type(text).__name__}.")
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidKey(
            f"{name} must be encodable in UTF-8, and {text!r} holds half of a surrogate pair."
        ) from error
