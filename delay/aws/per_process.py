"""A value that every process makes for itself, because a fork would share it: a client and its sockets."""

import os
import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_ALL: Final[WeakSet["PerProcess[Any]"]] = WeakSet()


class PerProcess(Generic[T]):
    """Calls `create` when the value is first needed, and again in a child of this process.

    Parent and child would read each other's answers from one socket. Threads share the value.
    """

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._inherited: list[T] = []
        self._forget()
        _ALL.add(self)

    def __call__(self) -> T:
        """Return this process's value."""
        if not self._values:
            with self._lock:
                if not self._values:
                    self._values.append(self._create())
        return self._values[0]

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to make the value."""
        return {"create": self._create}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make no value yet."""
        self.__init__(state["create"])  # type: ignore[misc]

    def inherit(self) -> None:
        """Set the parent's value aside. It is not freed, for its sockets are the parent's."""
        self._inherited += self._values
        self._forget()

    def _forget(self) -> None:
        self._values: list[T] = []
        self._lock = threading.Lock()  # another thread of the parent may have held the old one


def _inherit_all() -> None:
    for each in _ALL:
        each.inherit()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_inherit_all)
