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
    if not isinstance(key, str):
        raise InvalidKey(f"A key is a string, got {type(key).__name__}.")
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise InvalidKey(
            f"The key {key!r} holds half of a surrogate pair, which UTF-8 cannot encode."
        ) from error
    if not 1 <= size <= MAX_KEY_BYTES:
        raise InvalidKey(f"A key has 1 to {MAX_KEY_BYTES} bytes of UTF-8, got {size:,}.")
    if forbidden := _CONTROL.search(key):
        raise InvalidKey(f"A key must not contain the control character {forbidden[0]!r}, got {key!r}.")
    return key
