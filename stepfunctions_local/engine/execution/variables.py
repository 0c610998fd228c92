"""What Assign stores, and how much of it.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Self

from stepfunctions_local.engine.execution.document import MAX_BYTES, Document, is_longer
from stepfunctions_local.language import NO_VARIABLES, Json, dump_json

MAX_STORED_BYTES = 10 * 1024 * 1024
"""What all variables of an execution may hold together, in bytes of UTF-8."""


class Variables:
    """The variables that a state can read. Assigning makes new ones; these stay as they are."""

    __slots__ = ("_document", "_outer")

    def __init__(self, document: Document | None, outer: "Callable[[], Variables] | None") -> None:
        self._document = document
        self._outer = outer

    @classmethod
    def stored(cls, text: str | None, outer: "Callable[[], Variables] | None" = None) -> Self:
        """Read what `text` gave. A branch can also read the variables of the one that began it, `outer`."""
        return cls(None if text is None else Document(text), outer)

    @property
    def text(self) -> str | None:
        """Those that were assigned here as a JSON text; nothing where none was ever."""
        return None if self._document is None else self._document.text

    @property
    def values(self) -> Mapping[str, Json]:
        """Their values by name, those from outside included."""
        if self._outer is None:
            return self._own
        outside = self._outer().values
        return {**outside, **self._own} if self._own else outside

    @property
    def _own(self) -> Mapping[str, Json]:
        value = None if self._document is None else self._document.value
        return value if isinstance(value, dict) else NO_VARIABLES

    def with_assigned(self, assigned: Mapping[str, Json]) -> "Variables":
        """Return them with what a state assigned."""
        return Variables(Document.of({**self._own, **assigned}), self._outer)

    @property
    def are_too_large(self) -> bool:
        """Whether they are more than an execution may store."""
        return is_longer("".join(self._texts()), MAX_STORED_BYTES)

    def _texts(self) -> Iterator[str]:
        if self._document:
            yield self._document.text
        if self._outer:
            yield from self._outer()._texts()  # noqa: SLF001 - of the same kind


def assigned_texts(assigned: Mapping[str, Json]) -> dict[str, str]:
    """Write what one state assigns as JSON, variable by variable."""
    return {name: dump_json(value) for name, value in assigned.items()}


def is_too_much(texts: Mapping[str, str]) -> bool:
    """Whether it is more than one Assign may hold."""
    return is_longer("".join(texts.values()), MAX_BYTES)
