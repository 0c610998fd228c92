"""Selects the tasks of an operation on many: by their keys, or by a prefix of them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

from delay.errors import InvalidRequest
from delay.listing import Listing
from delay.task import Status, Task

ListTasks: TypeAlias = Callable[[Status], Iterable[Task]]
"""Lists the tasks of a status, the latest first."""

FindKeys: TypeAlias = Callable[[ListTasks], Iterable[str]]
"""Finds the keys of the tasks to change among those listed."""

ListPrefix: TypeAlias = Callable[[Status, str], Iterable[Task]]
"""Lists the tasks of a status whose keys begin with a prefix."""

Select: TypeAlias = Callable[[ListPrefix], Iterable[str]]
"""Selects the keys of the tasks to change."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The tasks of an operation on many: those with these keys, or those found among a prefix's."""

    keys: Iterable[str] | None = None
    prefix: str = ""

    @classmethod
    def of(
        cls,
        prefix: str | None,
        keys: Iterable[str | Task] | None,
        require_key: Callable[[str | Task], str],
    ) -> Self:
        """Return the selection that a caller asks for. `require_key` returns the key of a task, validated.

        Raises:
            InvalidRequest: neither or both are given, or the prefix is empty.

        """
        if (prefix is None) == (keys is None):
            raise InvalidRequest("Give either prefix='order-42-' or keys=['order-42-confirm'].")
        if keys is None:
            return cls(prefix=require_prefix(prefix))
        return cls(_read_keys(keys, require_key))

    def using(self, find_keys: FindKeys) -> Select:
        """Return the function that selects the keys. `find_keys` finds those of a prefix."""
        return lambda list_tasks: self._find(list_tasks, find_keys)

    def _find(self, list_tasks: ListPrefix, find_keys: FindKeys) -> Iterable[str]:
        if self.keys is not None:
            return self.keys
        return find_keys(lambda status: list_tasks(status, self.prefix))


def _read_keys(keys: Iterable[str | Task], require_key: Callable[[str | Task], str]) -> Iterator[str]:
    """Yield the keys. A listing is read to its end first: the changes would shift its pages."""
    required = map(require_key, keys)
    yield from dict.fromkeys(required) if isinstance(keys, Listing) else required


def require_prefix(prefix: object) -> str:
    """Return a prefix that does not stand for every task: an unset variable must not cancel them all.

    Raises:
        InvalidRequest: it is empty.

    """
    if not isinstance(prefix, str) or not prefix:
        raise InvalidRequest(
            f"A prefix has at least one character, got {prefix!r}. For every task, pass "
            "keys=delay.list(Status.OPEN), or --all in the shell."
        )
    return prefix


def find_open(list_tasks: ListTasks) -> Collection[str]:
    """Return the keys of the open tasks."""
    return dict.fromkeys(task.key for task in list_tasks(Status.OPEN))
