"""Interleaves processes call by call: each runs in a greenlet, and stops before each of its requests."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

T = TypeVar("T")

WRITES = frozenset({"put_slot", "write", "send", "make_cursor", "advance_cursor"})
"""The requests whose answers may be lost: botocore then sends them again."""


class Outage(Exception):
    """The table or the queue does not answer, or throttles."""


class Fault(Enum):
    """An event at a request of a process."""

    KILL = auto()
    """The process dies before the request."""
    LOSE = auto()
    """The request is carried out, but its answer is lost, and it is sent again."""
    RAISE = auto()
    """The request is not carried out, and raises."""


class Chooser(Protocol):
    """Decides which step comes next."""

    def choose(self, count: int, faulty: int = 0) -> int:
        """Return a number below the sum: that of a step without fault, or with one."""
        ...


@dataclass
class RandomChooser:
    """Chooses at random, the same for the same seed."""

    dice: Random
    fault_probability: float = 0.08

    def choose(self, count: int, faulty: int = 0) -> int:
        """Return a random number, seldom that of a fault."""
        if faulty and self.dice.random() < self.fault_probability:
            return count + self.dice.randrange(faulty)
        return self.dice.randrange(count)


@dataclass
class PathChooser:
    """Chooses along a path, and takes the first option after its end."""

    path: list[int]
    counts: list[int] = field(default_factory=list)

    def choose(self, count: int, faulty: int = 0) -> int:
        """Return the next choice of the path."""
        if len(self.counts) == len(self.path):
            self.path.append(0)
        self.counts.append(count + faulty)
        return self.path[len(self.counts) - 1]


def explore(run: Callable[[Chooser], None]) -> int:
    """Run every sequence of choices once, and return their number."""
    runs = 0
    path: list[int] | None = []
    while path is not None:
        chooser = PathChooser(path)
        run(chooser)
        runs += 1
        path = _find_next(chooser)
    return runs


def _find_next(chooser: PathChooser) -> list[int] | None:
    path = list(chooser.path)
    while path and path[-1] + 1 >= chooser.counts[len(path) - 1]:
        path.pop()
    return [*path[:-1], path[-1] + 1] if path else None


def gate(name: str, call: Callable[[], T]) -> T:
    """Stop before a request, and carry it out as the scheduler says. Outside of a process, carry it out."""
    current = getcurrent()
    if not isinstance(current, _Greenlet) or not current.stops_at(name):
        return call()
    while True:
        assert current.parent is not None
        fault = current.parent.switch(name)
        if fault is Fault.RAISE:
            raise Outage(name)
        if fault is not Fault.LOSE:
            return call()
        _attempt(call)


def _attempt(call: Callable[[], object]) -> None:
    with suppress(Exception):  # the answer is lost, whatever it is
        call()


class Gated:
    """A table or a queue whose methods stop at the gate."""

    def __init__(self, target: object) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        """Return a method that stops before each call."""
        method = getattr(self._target, name)
        return lambda *args, **kwargs: gate(name, lambda: method(*args, **kwargs))


def do_at_once(name: str, call: Callable[[], object]) -> None:
    """Stop once, and then carry out all requests of a call in one step."""

    def run() -> None:
        current = getcurrent()
        assert isinstance(current, _Greenlet)
        current.is_atomic = True
        try:
            call()
        finally:
            current.is_atomic = False

    gate(name, run)


class _Greenlet(greenlet):
    """Tells a process from the scheduler."""

    is_atomic = False
    stops: frozenset[str] | None = None

    def stops_at(self, name: str) -> bool:
        """Return whether it stops before a request."""
        return not self.is_atomic and (self.stops is None or name in self.stops)


class Process:
    """A participant under way. It is killed if it is not over at its timeout, counted from its first step.

    It stops before all requests, or before those in `stops`, which keeps the number of orders small.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[], object],
        clock: Callable[[], float] = lambda: 0,
        timeout: float = 1,
        stops: frozenset[str] | None = None,
    ) -> None:
        self.name = name
        self._clock = clock
        self._deadline: float | None = None
        self._timeout = timeout
        self.error: Exception | None = None
        self.waits_for: str | None = None
        self._run = run
        self._greenlet = _Greenlet(self._catch)
        self._greenlet.stops = stops
        self._switch(None)

    @property
    def is_over(self) -> bool:
        """Whether it has ended or was killed."""
        return bool(self._greenlet.dead)

    def step(self, fault: Fault | None = None) -> None:
        """Carry out its request, and run on to the next one."""
        if self._deadline is None:
            self._deadline = self._clock() + self._timeout
        if fault is Fault.KILL or self._clock() > self._deadline:
            self.kill()
        else:
            self._switch(fault)

    def kill(self) -> None:
        """End it before its request."""
        if not self.is_over:
            self._greenlet.throw(GreenletExit)

    def find_faults(self) -> Iterator[Fault]:
        """Yield the faults that its next request may have."""
        if self.waits_for != "time":
            yield Fault.KILL
        if self.waits_for in WRITES:
            yield Fault.LOSE
        if self.waits_for not in {"time", "call"}:
            yield Fault.RAISE

    def _catch(self, _: object) -> None:
        try:
            self._run()
        except Outage as error:
            self.error = error

    def _switch(self, fault: Fault | None) -> None:
        self.waits_for = self._greenlet.switch(fault)


@dataclass
class Step:
    """A step of a process, and its fault."""

    process: Process
    fault: Fault | None = None


def interleave(processes: list[Process], chooser: Chooser, faults: int, trace: list[str]) -> None:
    """Run processes to their ends, one request at a time, and add the steps to the trace."""
    while live := [each for each in processes if not each.is_over]:
        steps = [Step(each) for each in live]
        faulty = [Step(each, fault) for each in live for fault in each.find_faults()] if faults else []
        step = (steps + faulty)[chooser.choose(len(steps), len(faulty))]
        faults -= step.fault is not None
        trace.append(
            f"{step.process.name}.{step.process.waits_for}{f' {step.fault.name}' if step.fault else ''}"
        )
        step.process.step(step.fault)
