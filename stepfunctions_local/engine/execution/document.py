"""JSON as the engine carries it: the text that is stored, and its value once somebody asks."""

from functools import lru_cache
from typing import Final, Self

from stepfunctions_local.language import Failure, Json, dump_json, parse_json

MAX_BYTES = 262_144
"""The largest input or output, in bytes of UTF-8. Source: "Step Functions service quotas"."""


_LONG: Final = 8_192
"""A longer text is not read again while it is among the last few: the branches of an execution share it."""

_read_once = lru_cache(maxsize=8)(parse_json)


class Document:
    """A JSON text with its value. Either is made from the other at most once.

    What passes through states unchanged keeps the very text it came with.
    """

    __slots__ = ("_value", "is_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_read = False
        """Whether the value is at hand."""
        self._value: Json = None

    @classmethod
    def of(cls, value: Json) -> Self:
        """Write a value down."""
        document = cls(dump_json(value))
        document._value, document.is_read = value, True
        return document

    @property
    def value(self) -> Json:
        """The value; read once."""
        if not self.is_read:
            read = _read_once if len(self.text) > _LONG else parse_json
            self._value, self.is_read = read(self.text), True
        return self._value

    @property
    def is_too_large(self) -> bool:
        """Whether it is over what a state may take or give."""
        return is_longer(self.text, MAX_BYTES)


def is_longer(text: str, max_bytes: int) -> bool:
    """Whether a text has more bytes of UTF-8."""
    length = len(text)
    return length > max_bytes or (length * 4 > max_bytes and len(text.encode()) > max_bytes)


def byte_length(text: str) -> int:
    """Count the bytes of UTF-8 in a text."""
    return len(text) if text.isascii() else len(text.encode())


def data_limit_exceeded(name: str) -> Failure:
    """Fail a state, or what it called, in AWS's words."""
    cause = (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
    return Failure("States.DataLimitExceeded", cause)
