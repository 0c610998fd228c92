"""The generations of a key: which one counts, and mending what an interrupted reschedule has left.

A reschedule starts the next generation before it stops the others. So whatever was interrupted, one at least
is there, and those too many are the latest ones. Everyone who touches the key brings that to its end:
docs/adr/0008-generations.md.
"""

from dataclasses import dataclass

from delay.clock import Clock
from delay.errors import Contended, NoSuchTask
from delay.execution import Execution, Stop, holds_call
from delay.generation import MAX_GENERATION, MAX_KEY, Generation, Lineage
from delay.service import StepFunctions

TRIES = 8
"""How often a key is looked at because others change it meanwhile."""

_FIRST_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Member:
    """A generation of a key. `was_called` says whether its function was, as far as it matters."""

    execution: Execution
    was_called: bool

    @property
    def has_the_key(self) -> bool:
        """Whether it was called, or ended otherwise than by making room for another generation."""
        if self.was_called or self.execution.is_open:
            return self.was_called
        return not self.was_replaced

    @property
    def was_replaced(self) -> bool:
        """Whether it was stopped in favour of another generation, before it was called."""
        return not self.was_called and any(
            self.execution.was_stopped_for(stop) for stop in (Stop.RESCHEDULED, Stop.WITHDRAWN)
        )

    @property
    def can_be_stopped(self) -> bool:
        """Whether it is open and not called."""
        return self.execution.is_open and not self.was_called


@dataclass(frozen=True, slots=True)
class Current:
    """The generation of a key that counts, and the first one, which keeps the key known."""

    member: Member
    first: Execution

    @property
    def execution(self) -> Execution:
        """The execution of the generation that counts."""
        return self.member.execution

    @property
    def number(self) -> int:
        """Its number."""
        return self.execution.generation.number

    @property
    def next_generation(self) -> Generation:
        """The generation that a reschedule starts."""
        return Lineage(self.first.generation.key, self.first.started).generation(self.number + 1)


class Families:
    """The generations of keys, as Step Functions knows them."""

    def __init__(self, service: StepFunctions, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def current(self, key: str) -> Current:
        """Find the generation that counts, and stop others that are open.

        Raises:
            NoSuchTask: there is none.
            Contended: others kept changing the key.

        """
        for pause_seconds in _pauses():
            known = self._found(key)
            if current := self._settled(known):
                return current
            # Its successor has been started, and cannot be seen yet.
            self._clock.sleep(pause_seconds)
        raise contended(key)

    def settle(self, before: Current, started: Execution) -> Current:
        """Have a generation that was just started take the place of those before, unless it came too late."""
        known = {1: before.first, before.number: before.execution, before.number + 1: started}
        current = self._settled(known)
        return current or self.current(before.first.generation.key)

    def _found(self, key: str) -> dict[int, Execution]:
        """Describe the first and the latest generation of a key, and some between, in few calls."""
        first = self._service.describe(Generation(key))
        if first is None:
            raise NoSuchTask(
                f"No task has the key {key!r}. Step Functions forgets a task 90 days after its end."
            )
        known = {1: first}
        if len(key) > MAX_KEY:  # started by others: its name has no room for a generation
            return known
        lineage = Lineage(key, first.started)
        low, high = 1, 2
        while high <= MAX_GENERATION and self._is_there(lineage, high, known):
            low, high = high, high * 2
        high = min(high, MAX_GENERATION + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._is_there(lineage, middle, known) else (low, middle)
        return known

    def _is_there(self, lineage: Lineage, number: int, known: dict[int, Execution]) -> bool:
        execution = self._service.describe(lineage.generation(number))
        if execution is not None:
            known[number] = execution
        return execution is not None

    def _settled(self, known: dict[int, Execution]) -> Current | None:
        """Stop all that are open but one; None where those that are known have all been replaced."""
        first = known[1]
        lineage = Lineage(first.generation.key, first.started)
        for _ in range(TRIES):
            members = self._unsettled(lineage, known)
            chosen = _chosen(members)
            if chosen is None:
                return None
            surplus = [member for member in members if member is not chosen and member.can_be_stopped]
            if not surplus:
                return Current(chosen, known.get(1) or first)
            for member in surplus:
                self._stop(member.execution, chosen.execution)
                del known[member.execution.generation.number]
        raise contended(lineage.key)

    def _unsettled(self, lineage: Lineage, known: dict[int, Execution]) -> list[Member]:
        """Look at the generations from the latest down to one that has been replaced; the lowest first."""
        members: list[Member] = []
        for number in range(max(known), 0, -1):
            member = self._member(lineage.generation(number), known)
            if members and member.execution.was_stopped_for(Stop.RESCHEDULED) and member.was_replaced:
                break
            members.insert(0, member)
        return members

    def _member(self, generation: Generation, known: dict[int, Execution]) -> Member:
        if generation.number not in known:
            execution = self._service.describe(generation)
            if execution is None:
                raise NoSuchTask(f"Step Functions has just forgotten {generation.name!r}.")
            known[generation.number] = execution
        execution = known[generation.number]
        return Member(execution, self.was_called(execution))

    def was_called(self, execution: Execution) -> bool:
        """Whether the function was called; the history is asked where that is not plain."""
        moment = execution.stopped or self._clock.now()
        if execution.surely_waited_until(moment):
            return False
        return holds_call(self._service.history(execution.generation, with_payloads=False))

    def _stop(self, execution: Execution, chosen: Execution) -> None:
        number, name = execution.generation.number, chosen.generation.name
        if number < chosen.generation.number:
            self._service.stop(
                execution.generation, Stop.RESCHEDULED, f"Rescheduled: {name} is in its place."
            )
        else:
            cause = f"Came too late: {name} had been called or cancelled before."
            self._service.stop(execution.generation, Stop.WITHDRAWN, cause)


def _chosen(members: list[Member]) -> Member | None:
    """Return the first that has the key, or else the latest that waits."""
    having = [member for member in members if member.has_the_key]
    waiting = [member for member in members if member.can_be_stopped]
    return having[0] if having else waiting[-1] if waiting else None


def _pauses() -> list[float]:
    return [_FIRST_PAUSE_SECONDS * 2**attempt for attempt in range(TRIES)]


def contended(key: str) -> Contended:
    """Say that a key never came to rest."""
    return Contended(f"The task {key!r} is being changed by others at the same time. Try again.")
