"""What a task carries: a JSON object that Step Functions takes as it is."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from delay.errors import InvalidPayload

MAX_INPUT_BYTES: Final = 262_144
"""The largest input of an execution, in bytes of UTF-8. Source: "Step Functions service quotas"."""

MAX_DEPTH: Final = 100
"""How many arrays and objects may lie inside one another. AWS tells no limit; the local endpoint has this."""

DELAY_MEMBER: Final = "expirydate"
"""The member of the input that says how many seconds the task waits."""

_LONGEST_DELAY_MEMBER: Final = f'{{"{DELAY_MEMBER}":31449600,'
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_sorted = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Payload:
    """A payload that has been checked, as JSON text."""

    __slots__ = ("text",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        """Check a payload and write it down.

        Raises:
            InvalidPayload: it is no JSON object, has a member `expirydate`, or is too deep or too large.

        """
        self.text = _checked_text(members)

    def task_input(self, delay_seconds: int) -> str:
        """Return the input of an execution that waits so long."""
        rest = "}" if self.text == "{}" else f",{self.text[1:]}"
        return f'{{"{DELAY_MEMBER}":{delay_seconds}{rest}'

    def equals(self, other: Mapping[str, Any]) -> bool:
        """Whether another payload says the same; the order of members does not count, 1 and 1.0 differ."""
        return _encode_sorted(json.loads(self.text)) == _encode_sorted(other)


def _checked_text(members: object) -> str:
    if not isinstance(members, Mapping):
        raise InvalidPayload(
            f'A payload is a JSON object such as {{"a": 1}}, a dict in Python, got {type(members).__name__}.'
        )
    if DELAY_MEMBER in members:
        raise InvalidPayload(
            f"The payload must not have a member {DELAY_MEMBER!r}: it is where the delay is sent. Rename it."
        )
    _check(members)
    return _checked_size(_written(members))


def _written(members: Mapping[str, Any]) -> str:
    try:
        text = _encode(dict(members))
    except (TypeError, ValueError) as error:  # an integer of over 4,300 digits, for example
        raise InvalidPayload(f"The payload cannot be written as JSON: {error}") from error
    if not text.isascii() and _LONE_SURROGATE.search(text):
        raise InvalidPayload("The payload holds half of a surrogate pair, which cannot be written in UTF-8.")
    return text


def _checked_size(text: str) -> str:
    size = len(_LONGEST_DELAY_MEMBER) + len(text.encode()) - 1
    if size > MAX_INPUT_BYTES:
        raise InvalidPayload(
            f"The payload takes {size:,} bytes, and Step Functions takes {MAX_INPUT_BYTES:,}. Store it "
            "elsewhere, in S3 for example, and send where it is."
        )
    return text


def _check(members: Mapping[str, Any]) -> None:
    """Look at every value, without recursion: the payload may lie inside itself."""
    ahead: list[tuple[str, object, int]] = [("payload", members, 1)]
    for _ in range(MAX_INPUT_BYTES):  # each value takes a byte at least
        if not ahead:
            return
        place, value, depth = ahead.pop()
        if not isinstance(value, Mapping | list | tuple):
            _check_scalar(place, value)
            continue
        if depth > MAX_DEPTH:
            raise InvalidPayload(f"The payload is nested more than {MAX_DEPTH} levels deep. Flatten it.")
        ahead += ((f"{place}[{step!r}]", child, depth + 1) for step, child in _children(place, value))
    raise InvalidPayload(f"The payload holds more values than {MAX_INPUT_BYTES:,} bytes have room for.")


def _children(
    place: str, container: Mapping[Any, Any] | list[Any] | tuple[Any, ...]
) -> Iterable[tuple[Any, Any]]:
    if not isinstance(container, Mapping):
        return enumerate(container)
    for name in container:
        if not isinstance(name, str):
            raise InvalidPayload(f"The names of members are strings in JSON, got {name!r} in {place}.")
    return container.items()


def _check_scalar(place: str, value: object) -> None:
    if value is not None and not isinstance(value, str | int | float):
        raise InvalidPayload(f"{place} is a {type(value).__name__}, which JSON has no form for.")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidPayload(f"{place} is {value}, which is no number in JSON.")
