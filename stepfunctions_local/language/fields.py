"""Reads the fields of an object in a definition, checks their types, and refuses the fields left unread.

A fault goes to the report and reading continues, so that one response lists all faults. Values read from a
faulty object are never used: `parse_definition` raises before.
"""

from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from typing import Final, Self, TypeVar

from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.diagnostic import Report


class QueryLanguage(StrEnum):
    """The query languages; JSONPath is the default."""

    JSONPATH = "JSONPath"
    JSONATA = "JSONata"


T = TypeVar("T")

MAX_LITERAL: Final = 99_999_999
"""The largest number of seconds or attempts that a definition may write out."""

_OTHER_LANGUAGES: Final = {
    QueryLanguage.JSONPATH: frozenset({"Arguments", "Condition", "Items", "Output"}),
    QueryLanguage.JSONATA: frozenset(
        {
            *("InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "ResultSelector"),
            *("CausePath", "ErrorPath", "HeartbeatSecondsPath", "SecondsPath", "TimeoutSecondsPath"),
            *("ItemsPath", "MaxConcurrencyPath", "MaxItemsPath", "TimestampPath", "Variable"),
            *("MaxInputBytesPerBatchPath", "MaxItemsPerBatchPath"),
            *("ToleratedFailureCountPath", "ToleratedFailurePercentagePath"),
        }
    ),
}
"""Fields of the other query language only: they count as absent, and the object is refused."""


class Fields:
    """The fields of one object. `location` is its path in the definition, such as `/States/WaitUntil`.

    `language` is the query language of this object and the objects inside it.
    `definition_language` is that of the whole definition.
    """

    def __init__(
        self,
        document: dict[str, Json],
        location: str,
        report: Report,
        language: QueryLanguage = QueryLanguage.JSONPATH,
    ) -> None:
        self._document = document
        self._unread = dict.fromkeys(document)
        self.location = location
        self.report = report
        self.language = self.definition_language = language
        self._state_location = location

    def begin_definition(self, language: QueryLanguage) -> None:
        """Treat the object as a whole definition, with a query language of its own."""
        self.language = self.definition_language = language

    def begin_state(self, language: QueryLanguage) -> None:
        """Treat the object as a state, with a query language of its own."""
        self.language = language
        self._state_location = self.location

    def locate(self, name: str) -> str:
        """Return the path of a field within its state, such as `Choices[0]/Output`."""
        return f"{self.location}/{name}"[len(self._state_location) + 1 :]

    def __contains__(self, name: str) -> bool:
        """Whether the object has the field."""
        return name in self._document and name not in _OTHER_LANGUAGES[self.language]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all fields."""
        return iter(self._document)

    def restrict(self, names: Collection[str]) -> Self:
        """Return a view of the object that has the fields of these names only."""
        document = {name: value for name, value in self._document.items() if name in names}
        part = type(self)(document, self.location, self.report, self.language)
        part._unread = self._unread  # noqa: SLF001  a field read in the view is read
        return self._share(part)

    def read(self, name: str) -> Json:
        """Return a field of any type; null if it is absent."""
        if name not in self:
            return None
        self._unread.pop(name, None)
        return self._document.get(name)

    def read_text(self, name: str, default: str = "") -> str:
        """Return a string; `default` if it is absent or of another type."""
        return self._read_typed(name, str, "String", default)

    def read_flag(self, name: str) -> bool:
        """Return a boolean; false if it is absent."""
        return self._read_typed(name, bool, "Boolean", default=False)

    def read_integer(self, name: str, *, minimum: int, maximum: int) -> int | None:
        """Return a whole number within bounds, or None."""
        value = self.read_number(name, minimum=minimum, maximum=maximum)
        if isinstance(value, float):
            self.refuse("Expected value of type Integer", name)
            return None
        return value

    def read_number(self, name: str, *, minimum: float, maximum: float) -> int | float | None:
        """Return a number within bounds, or None."""
        value = self.read(name)
        if name not in self:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(f"Expected value of type Number, but found {_name_kind(value)}", name)
            return None
        if value < minimum:
            self.refuse(f"Minimum value is {minimum}", name)
            return None
        if value > maximum:
            self.refuse(f"Maximum value is {maximum}", name)
            return None
        return value

    def parse(self, name: str, parser: Callable[[str], T]) -> T | None:
        """Return the result of `parser` for a string; its ValueError becomes the fault."""
        if name not in self:
            return None
        value = self.read(name)
        if not isinstance(value, str):
            self.refuse(f"Expected value of type String, but found {_name_kind(value)}", name)
            return None
        try:
            return parser(value)
        except ValueError as error:
            self.refuse(str(error), name)
            return None

    def read_objects(self, name: str) -> list["Fields"]:
        """Return the objects of an array."""
        value = self.read(name)
        if name not in self:
            return []
        if not isinstance(value, list):
            self.refuse(f"Expected value of type Array, but found {_name_kind(value)}", name)
            return []
        children = (self._wrap(child, f"{name}[{index}]") for index, child in enumerate(value))
        return [child for child in children if child is not None]

    def read_object(self, name: str) -> "Fields | None":
        """Return an object, or None."""
        return self._wrap(self.read(name), name) if name in self else None

    def require(self, *names: str) -> bool:
        """Return whether all these fields are there; refuse the object if not."""
        missing = [name for name in names if name not in self]
        if missing:
            self.refuse(f"These fields are required: [{', '.join(missing)}]")
        return not missing

    def choose_one(self, *names: str, required: bool = False) -> str | None:
        """Return the name of the field that is there; refuse the object if there are several.

        With `required`, refuse the object if there is none.
        """
        names = tuple(name for name in names if name not in _OTHER_LANGUAGES[self.language])
        present = [name for name in names if name in self]
        for name in present[1:]:
            self.read(name)
        if len(present) > 1:
            self.refuse(f"There should only be one of the following fields: [{', '.join(names)}]")
        elif required and not present:
            self.refuse(f"One of the following fields is required: [{', '.join(names)}]")
        return present[0] if present else None

    def refuse(self, message: str, name: str | None = None) -> None:
        """Report a fault of the object or of one of its fields."""
        location = f"{self.location}/{name}" if name else self.location or "/"
        self.report.refuse(message, location)

    def close(self) -> None:
        """Refuse the fields that were not read."""
        for name in self._unread:
            self.refuse(self._describe_unsupported(name))

    def _share(self, other: Self) -> Self:
        """Return a part of the object, in the same state and definition."""
        other._state_location, other.definition_language = self._state_location, self.definition_language
        return other

    def _describe_unsupported(self, name: str) -> str:
        if name in _OTHER_LANGUAGES[self.language]:
            (other,) = set(QueryLanguage) - {self.language}
            return (
                f"The QueryLanguage is set to '{self.language}', but field '{name}' is only supported "
                f"for the '{other}' QueryLanguage"
            )
        return f"Field '{name}' is not supported"

    def _wrap(self, value: Json, name: str) -> "Fields | None":
        if isinstance(value, dict):
            return self._share(type(self)(value, f"{self.location}/{name}", self.report, self.language))
        self.refuse(f"Expected value of type Object, but found {_name_kind(value)}", name)
        return None

    def _read_typed(self, name: str, kind: type[T], kind_name: str, default: T) -> T:
        value = self.read(name)
        if name not in self:
            return default
        if isinstance(value, kind):
            return value
        self.refuse(f"Expected value of type {kind_name}, but found {_name_kind(value)}", name)
        return default


def _name_kind(value: Json) -> str:
    kinds: dict[type, str] = {
        dict: "Object",
        list: "Array",
        str: "String",
        bool: "Boolean",
        type(None): "Null",
    }
    return kinds.get(type(value), "Number")
