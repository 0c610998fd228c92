"""The variables that Assign sets, and the limits of their size.

Source: "Passing data between states with variables" in the Developer Guide.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Self

from stepfunctions_local.engine.execution.document import MAX_BYTES, Document, is_longer
from stepfunctions_local.language import NO_VARIABLES, Json, dump_json

MAX_STORED_BYTES = 10 * 1024 * 1024
"""The largest total size of an execution's variables, in bytes of UTF-8."""


class Variables:
    """The variables that a state can read. Immutable: assigning returns new ones."""

    __slots__ = ("_document", "_outer")

    def __init__(self, document: Document | None, outer: "Callable[[], Variables] | None") -> None:
        self._document = document
        self._outer = outer

    @classmethod
    def load(cls, text: str | None, outer: "Callable[[], Variables] | None" = None) -> Self:
        """Return the variables that `text` held. A branch also reads those of its parent, `outer`."""
        return cls(None if text is None else Document(text), outer)

    @property
    def text(self) -> str | None:
        """The variables assigned in this branch, as JSON text; None if there are none."""
        return None if self._document is None else self._document.text

    @property
    def values(self) -> Mapping[str, Json]:
        """The values by name, the parent's included."""
        if self._outer is None:
            return self._own
        outside = self._outer().values
        return {**outside, **self._own} if self._own else outside

    @property
    def _own(self) -> Mapping[str, Json]:
        value = None if self._document is None else self._document.value
        return value if isinstance(value, dict) else NO_VARIABLES

    def with_assigned(self, assigned: Mapping[str, Json]) -> "Variables":
        """Return the variables with those that a state assigned."""
        return Variables(Document.of({**self._own, **assigned}), self._outer)

    @property
    def are_too_large(self) -> bool:
        """Whether they exceed the limit for an execution."""
        return is_longer("".join(self._own_and_outer_texts()), MAX_STORED_BYTES)

    def _own_and_outer_texts(self) -> Iterator[str]:
        if self._document:
            yield self._document.text
        if self._outer:
            yield from self._outer()._own_and_outer_texts()  # noqa: SLF001 - of the same kind


def dump_assigned(assigned: Mapping[str, Json]) -> dict[str, str]:
    """Return the JSON text of each variable that one state assigns."""
    return {name: dump_json(value) for name, value in assigned.items()}


def exceeds_assign_limit(texts: Mapping[str, str]) -> bool:
    """Whether the texts together exceed the limit for one Assign."""
    return is_longer("".join(texts.values()), MAX_BYTES)
