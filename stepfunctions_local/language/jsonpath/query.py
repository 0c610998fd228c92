"""Steps of paths, and the search for the values that they lead to, in the manner of AWS's JSONPath.

AWS runs the Java library json-path of Jayway, version 2.0.0. Its rules for missing members differ from those
of RFC 9535: in some places they are skipped, in others they fail the path.

Source: version 2.0.0 of com.jayway.jsonpath:json-path, run over generated paths; "Paths" in the Developer
Guide for filters, whose `@` matches objects only.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, TypeAlias

from stepfunctions_local.language.budget import Budget
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.jsonpath.java_text import to_java_text

_BETWEEN_NAMES: Final = "', '"

Location: TypeAlias = "tuple[Location, str | int] | None"
"""The place of a node: the place of its parent, and its name or index there. The root has none."""

Node: TypeAlias = tuple[Json, Location]


class NotFound(Exception):
    """The path leads to nothing; the message is Jayway's. An array's wildcard skips the item."""


class Inapplicable(Exception):
    """A step cannot be applied to the data, such as an index to a number; the message is Jayway's."""


class Condition(Protocol):
    """The condition of a filter."""

    def holds(self, item: Json, search: "Search") -> bool:
        """Whether an object fulfils the condition. Raises Inapplicable."""
        ...


class Step(ABC):
    """A step of a path."""

    __slots__ = ()

    is_definite: ClassVar[bool] = False
    """Whether the step leads to one place."""

    @abstractmethod
    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the nodes that the step, at this position of its path, leads to.

        Raises NotFound, Inapplicable.
        """

    def starts_at(self, value: Json, search: "Search") -> bool:
        """Whether a descent takes the step from this value."""
        return True


@dataclass(frozen=True, slots=True)
class Member(Step):
    """The member of an object."""

    name: str
    is_definite = True

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the member."""
        value, location = node
        if not isinstance(value, dict):
            raise NotFound(f"Property ['{self.name}'] not found in path {format_location(location)}")
        if self.name in value:
            search.visit((value[self.name], (location, self.name)), at + 1)
        elif search.requires(at):
            raise NotFound(search.explain_missing((location, self.name), at))

    def starts_at(self, value: Json, search: "Search") -> bool:
        """Whether the value has the member."""
        return isinstance(value, dict) and self.name in value


@dataclass(frozen=True, slots=True)
class Members(Step):
    """Several members of an object, as an object; absent ones are left out."""

    names: tuple[str, ...]
    is_definite = True

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the object of the members."""
        value, location = node
        shown = f"['{_BETWEEN_NAMES.join(self.names)}']"
        if not isinstance(value, dict):
            raise NotFound(f"Property {shown} not found in path {format_location(location)}")
        if not search.is_last(at):
            raise Inapplicable(
                f"Multi properties can only be used as path leafs: {format_location(location)}{shown}"
            )
        search.visit(({name: value[name] for name in self.names if name in value}, location), at + 1)

    def starts_at(self, value: Json, search: "Search") -> bool:
        """Whether the value has all the members."""
        return isinstance(value, dict) and value.keys() >= set(self.names)


class ArrayStep(Step):
    """A step into an array."""

    __slots__ = ()

    @abstractmethod
    def find_indexes(self, length: int) -> Iterable[int]:
        """Return the indexes in an array of this length."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The step, as in a path."""

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the items."""
        value, location = node
        if value is None:
            raise NotFound(f"The path {format_location(location)} is null")
        if not isinstance(value, list):
            shown = to_java_text(value)
            raise Inapplicable(
                f"Filter: {self.text} can only be applied to arrays. Current context is: {shown}"
            )
        for index in self.find_indexes(len(value)):
            if not 0 <= index < len(value):
                place = format_location((location, index))
                raise NotFound(f"Index out of bounds when evaluating path {place}")
            search.visit((value[index], (location, index)), at + 1)

    def starts_at(self, value: Json, search: "Search") -> bool:
        """Whether the value is an array."""
        return isinstance(value, list)


@dataclass(frozen=True, slots=True)
class Index(ArrayStep):
    """The item of an array. A negative index finds nothing."""

    index: int
    is_definite = True

    def find_indexes(self, length: int) -> Iterable[int]:
        """Return the index."""
        return (self.index,)

    @property
    def text(self) -> str:
        """The step, as in a path."""
        return f"[{self.index}]"


@dataclass(frozen=True, slots=True)
class FromEnd(ArrayStep):
    """The item at a distance from an array's end, as in `[(@.length-1)]`."""

    distance: int
    is_definite = True

    def find_indexes(self, length: int) -> Iterable[int]:
        """Return the index."""
        return (length - self.distance,)

    @property
    def text(self) -> str:
        """The step, as in a path."""
        return f"[@.size()-{self.distance}]"


@dataclass(frozen=True, slots=True)
class Indexes(ArrayStep):
    """Several items of an array."""

    indexes: tuple[int, ...]

    def find_indexes(self, length: int) -> Iterable[int]:
        """Return the indexes."""
        return self.indexes

    @property
    def text(self) -> str:
        """The step, as in a path."""
        return f"[{','.join(map(str, self.indexes))}]"


@dataclass(frozen=True, slots=True)
class Slice(ArrayStep):
    """A part of an array. Only a slice with one end counts negative numbers from the array's end."""

    start: int | None
    stop: int | None

    def find_indexes(self, length: int) -> Iterable[int]:
        """Return the indexes."""
        start, stop = self.start, self.stop
        if start is None:
            return range(min(length, stop + length if stop is not None and stop < 0 else stop or 0))
        if stop is None:
            return range(max(0, start + length) if start < 0 else start, length)
        return range(start, min(length, stop)) if length else ()

    @property
    def text(self) -> str:
        """The step, as in a path."""
        return f"[{'' if self.start is None else self.start}:{'' if self.stop is None else self.stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard(Step):
    """All members of an object, or all items of an array; items without the rest of the path are skipped."""

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the members or items."""
        value, _ = node
        for child in list_children(node):
            try:
                search.visit(child, at + 1)
            except NotFound:
                if isinstance(value, dict):
                    raise


@dataclass(frozen=True, slots=True)
class Filter(Step):
    """The objects in an array that fulfil a condition, or an object if it does."""

    condition: Condition

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Visit the objects that fulfil the condition."""
        value, _ = node
        if not isinstance(value, dict | list):
            shown = to_java_text(value)
            raise Inapplicable(f"Filter: [?] can not be applied to primitives. Current context is: {shown}")
        for child in [node] if isinstance(value, dict) else list_children(node):
            if self.starts_at(child[0], search):
                search.visit(child, at + 1)

    def starts_at(self, value: Json, search: "Search") -> bool:
        """Whether the value is an object that fulfils the condition."""
        search.spend()
        return isinstance(value, dict) and self.condition.holds(value, search)


@dataclass(frozen=True, slots=True)
class Descent(Step):
    """A node and all nodes in it, as in `..`; the next step is taken from each one that suits it."""

    def follow(self, node: Node, at: int, search: "Search") -> None:
        """Take the next step from each suitable node."""
        step = search.steps[at + 1]
        if step.starts_at(node[0], search):
            if isinstance(node[0], list) and not search.is_last(at + 1):
                for child in list_children(node):
                    search.visit(child, at + 2)
            else:
                search.visit(node, at + 1)
        for child in list_children(node):
            search.spend()
            self.follow(child, at, search)


Steps: TypeAlias = tuple[Step, ...]


class Search:
    """One application of a path to data. `root` is what `$` means in its filters.

    Each visit is a step of the budget.
    """

    __slots__ = ("_budget", "found", "root", "steps")

    def __init__(self, steps: Steps, root: Json, budget: Budget) -> None:
        self.steps, self.root, self._budget = steps, root, budget
        self.found: list[Json] = []

    def visit(self, node: Node, at: int) -> None:
        """Take the step at a position from a node; after the last one, the node is found."""
        self.spend()
        if at == len(self.steps):
            self.found.append(node[0])
        else:
            self.steps[at].follow(node, at, self)

    def spend(self, visits: int = 1) -> None:
        """Count visits. Raises CutOff."""
        self._budget.spend(visits - 1)

    def is_last(self, at: int) -> bool:
        """Whether the step at a position is the last one."""
        return at == len(self.steps) - 1

    def requires(self, at: int) -> bool:
        """Whether the member at a position must be there: the last one, and one on the way to one place."""
        return self.is_last(at) or are_definite(self.steps[max(0, at - 1) :])

    def explain_missing(self, location: Location, at: int) -> str:
        """Return Jayway's message for a member that is not there."""
        fault = "No results for path:" if self.is_last(at) else "Missing property in path"
        return f"{fault} {format_location(location)}"

    def look_up(self, steps: Steps, start: Json) -> Json:
        """Return the value that a definite path in a filter leads to. Raises NotFound, Inapplicable."""
        inner = Search(steps, self.root, self._budget)
        inner.visit((start, None), 0)
        return inner.found[0]


def find(steps: Steps, data: Json, budget: Budget) -> Json:
    """Return the value that definite steps lead to, or the list of all values.

    Raises NotFound, Inapplicable, and CutOff if the search takes too long.
    """
    search = Search(steps, data, budget)
    search.visit((data, None), 0)
    return search.found[0] if are_definite(steps) else search.found


def are_definite(steps: Steps) -> bool:
    """Whether steps lead to one place."""
    return all(step.is_definite for step in steps)


def list_children(node: Node) -> Iterator[Node]:
    """Yield the members or items of a node."""
    value, location = node
    if isinstance(value, dict):
        yield from ((member, (location, name)) for name, member in value.items())
    elif isinstance(value, list):
        yield from ((item, (location, index)) for index, item in enumerate(value))


def format_location(location: Location) -> str:
    """Return a place as Jayway writes it, such as `$['a'][0]`."""
    parts: list[str] = []
    while location is not None:
        location, step = location
        parts.append(f"['{step}']" if isinstance(step, str) else f"[{step}]")
    return "$" + "".join(reversed(parts))
