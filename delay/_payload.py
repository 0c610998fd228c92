"""Payloads: validate a JSON object, and build the execution's input from it."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from delay._due import LONGEST_DELAY_SECONDS
from delay.errors import InvalidPayload

MAX_INPUT_BYTES: Final = 262_144
"""The largest input of an execution, in bytes of UTF-8. Source: "Step Functions service quotas"."""

MAX_DEPTH: Final = 100
"""The deepest nesting of arrays and objects. AWS documents no limit; this is the local endpoint's."""

DELAY_MEMBER: Final = "expirydate"
"""The member of the input that holds the delay in seconds."""

LONGEST_DELAY_TEXT: Final = f'"{DELAY_MEMBER}":{LONGEST_DELAY_SECONDS},'
"""The text that the longest delay adds to a payload."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_sorted = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Payload:
    """A validated payload, as JSON text."""

    __slots__ = ("text",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        """Validate a payload and encode it as JSON.

        Raises:
            InvalidPayload: it is not a JSON object, has a member `expirydate`, or is too deep or too large.

        """
        self.text = _validate_and_encode(members)

    def build_input(self, delay_seconds: int) -> str:
        """Return the JSON input of an execution that waits for `delay_seconds`."""
        rest = "}" if self.text == "{}" else f",{self.text[1:]}"
        return f'{{"{DELAY_MEMBER}":{delay_seconds}{rest}'

    def equals(self, other: Mapping[str, Any]) -> bool:
        """Whether another payload is equal. The order of members does not matter; 1 and 1.0 differ."""
        return _encode_sorted(json.loads(self.text)) == _encode_sorted(other)


def _validate_and_encode(members: object) -> str:
    if not isinstance(members, Mapping):
        raise InvalidPayload(
            f'A payload is a JSON object such as {{"a": 1}}, a dict in Python, got {type(members).__name__}.'
        )
    if DELAY_MEMBER in members:
        raise InvalidPayload(
            f"The payload must not have a member {DELAY_MEMBER!r}, which holds the delay. Rename it."
        )
    _validate_values(members)
    text = _encode_members(members)
    _require_size(text)
    return text


def _encode_members(members: Mapping[str, Any]) -> str:
    try:
        text = _encode(dict(members))
    except (TypeError, ValueError) as error:  # an integer of over 4,300 digits, for example
        raise InvalidPayload(f"The payload cannot be encoded as JSON: {error}") from error
    if not text.isascii() and _LONE_SURROGATE.search(text):
        raise InvalidPayload("The payload holds half of a surrogate pair, which UTF-8 cannot encode.")
    return text


def _require_size(text: str) -> None:
    size = len(LONGEST_DELAY_TEXT) + len(text.encode())
    if size > MAX_INPUT_BYTES:
        raise InvalidPayload(
            f"The payload takes {size:,} bytes, and a task may have {MAX_INPUT_BYTES:,}. Store it elsewhere, "
            "in S3 for example, and send its address."
        )


def _validate_values(members: Mapping[str, Any]) -> None:
    """Validate every value, without recursion: a payload may contain itself."""
    pending: list[tuple[str, object, int]] = [("payload", members, 1)]
    for _ in range(MAX_INPUT_BYTES):  # each value takes at least a byte
        if not pending:
            return
        place, value, depth = pending.pop()
        if not isinstance(value, Mapping | list | tuple):
            _validate_scalar(place, value)
            continue
        if depth > MAX_DEPTH:
            raise InvalidPayload(f"The payload is nested more than {MAX_DEPTH} levels deep. Flatten it.")
        pending += (
            (f"{place}[{step!r}]", child, depth + 1) for step, child in _enumerate_children(place, value)
        )
    raise InvalidPayload(f"The payload holds more values than fit into {MAX_INPUT_BYTES:,} bytes.")


def _enumerate_children(
    place: str, container: Mapping[Any, Any] | list[Any] | tuple[Any, ...]
) -> Iterable[tuple[Any, Any]]:
    if not isinstance(container, Mapping):
        return enumerate(container)
    for name in container:
        if not isinstance(name, str):
            raise InvalidPayload(f"The names of JSON members are strings, got {name!r} in {place}.")
    return container.items()


def _validate_scalar(place: str, value: object) -> None:
    if value is not None and not isinstance(value, str | int | float):
        raise InvalidPayload(f"{place} is a {type(value).__name__}, which is not a JSON type.")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidPayload(f"{place} is {value}, which is not a JSON number.")
