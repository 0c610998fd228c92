"""JSON as the engine carries it: the text that is stored, and its value once somebody asks."""

from typing import Self

from stepfunctions_local.language import Json, dump_json, parse_json

MAX_BYTES = 262_144
"""The largest input or output, in bytes of UTF-8. Source: "Step Functions service quotas"."""


class Document:
    """A JSON text with its value. Either is made from the other at most once.

    What passes through states unchanged keeps the very text it came with.
    """

    __slots__ = ("_is_read", "_value", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._is_read = False
        self._value: Json = None

    @classmethod
    def of(cls, value: Json) -> Self:
        """Write a value down."""
        document = cls(dump_json(value))
        document._value, document._is_read = value, True
        return document

    @property
    def value(self) -> Json:
        """The value; read once."""
        if not self._is_read:
            self._value, self._is_read = parse_json(self.text), True
        return self._value

    @property
    def is_too_large(self) -> bool:
        """Whether it is over what a state may take or give."""
        return is_longer(self.text, MAX_BYTES)


def is_longer(text: str, max_bytes: int) -> bool:
    """Whether a text has more bytes of UTF-8."""
    length = len(text)
    return length > max_bytes or (length * 4 > max_bytes and len(text.encode()) > max_bytes)
