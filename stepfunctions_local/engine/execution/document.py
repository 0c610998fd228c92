"""JSON documents and their limit in size: the text is stored, the value is parsed on demand."""

from functools import lru_cache
from typing import Final, Self

from stepfunctions_local.language import Json, dump_json, parse_json

MAX_BYTES = 262_144
"""The largest input or output, in bytes of UTF-8. Source: "Step Functions service quotas"."""

_LONG: Final = 8_192
"""The values of the latest longer texts are cached: the branches of an execution share such an input."""

_parse_cached = lru_cache(maxsize=8)(parse_json)


class Document:
    """A JSON text and its value. Either is made from the other at most once.

    A document that passes through states unchanged keeps the very text it came with.
    """

    __slots__ = ("_value", "is_parsed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_parsed = False
        """Whether the value is known."""
        self._value: Json = None

    @classmethod
    def of(cls, value: Json) -> Self:
        """Build a document from a value."""
        document = cls(dump_json(value))
        document._value, document.is_parsed = value, True
        return document

    @property
    def value(self) -> Json:
        """The value, parsed once."""
        if not self.is_parsed:
            parse = _parse_cached if len(self.text) > _LONG else parse_json
            self._value, self.is_parsed = parse(self.text), True
        return self._value

    @property
    def is_too_large(self) -> bool:
        """Whether it exceeds the limit for the input or output of a state."""
        return is_longer(self.text, MAX_BYTES)


def is_longer(text: str, max_bytes: int) -> bool:
    """Whether a text has more than `max_bytes` bytes of UTF-8."""
    length = len(text)
    return length > max_bytes or (length * 4 > max_bytes and len(text.encode()) > max_bytes)


def byte_length(text: str) -> int:
    """Return the length of a text, in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
