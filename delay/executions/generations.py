"""The generations of a key: which one counts, and mending what an interrupted reschedule has left.

A reschedule starts the next generation before it stops the others. So whatever was interrupted, one at least
is there, and those too many are the latest ones. Everyone who touches the key brings that to its end:
docs/adr/0008-generations.md.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from delay.clock import Clock
from delay.errors import Contended, NoSuchTask
from delay.executions.execution import Execution, Stop, holds_call
from delay.executions.generation import MAX_GENERATION, MAX_KEY, Generation, Lineage
from delay.executions.service import StepFunctions
from delay.task import Task

PAUSES_SECONDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""How long to wait before a key is looked at again, because others change it or because a change cannot be
seen yet. Source: DescribeExecution in the API Reference, on eventual consistency.
"""


class GenerationState:
    """A generation of a key. Whether its function was called is found out when it matters."""

    def __init__(self, execution: Execution, was_called: Callable[[Execution], bool]) -> None:
        self.execution = execution
        self._was_called = was_called

    @property
    def number(self) -> int:
        """The generation's number."""
        return self.execution.generation.number

    @cached_property
    def was_called(self) -> bool:
        """Whether its function was called before it ended, or until now."""
        return self._was_called(self.execution)

    @property
    def has_the_key(self) -> bool:
        """Whether it was called, or ended otherwise than by making room for another generation."""
        if self.execution.is_open:
            return self.was_called
        return not self.was_replaced

    @property
    def was_replaced(self) -> bool:
        """Whether it was stopped in favour of another generation, before it was called."""
        made_room = any(self.execution.was_stopped_for(stop) for stop in (Stop.RESCHEDULED, Stop.WITHDRAWN))
        return made_room and not self.was_called

    @property
    def can_be_stopped(self) -> bool:
        """Whether it is open and not called."""
        return self.execution.is_open and not self.was_called

    def task(self, now: datetime) -> Task:
        """Return the task as it stands."""
        return self.execution.task(now, was_called=self.execution.was_stopped and self.was_called)


class LiveGeneration(GenerationState):
    """The generation of a key that counts."""

    def __init__(self, member: GenerationState, first: Execution) -> None:
        super().__init__(member.execution, lambda _: member.was_called)
        self.first = first
        """The key's first generation: as long as it is remembered, the key is."""

    @property
    def next_generation(self) -> Generation:
        """The generation that a reschedule starts."""
        return _lineage(self.first).generation(self.number + 1)


class Generations:
    """The generations of keys, as Step Functions knows them."""

    def __init__(self, service: StepFunctions, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def current(self, key: str, *, surely_there: bool = False) -> LiveGeneration:
        """Find the generation that counts, and stop others that are open.

        Raises:
            NoSuchTask: there is none; where there surely is one, it cannot be seen after all tries.
            Contended: others kept changing the key.

        """
        for pause_seconds in PAUSES_SECONDS:
            known = self._known(key)
            if not known and not surely_there:
                break
            if known and (current := self._settled(known)):
                return current
            # What was started a moment ago, the first or a later one, cannot be seen yet.
            self._clock.sleep(pause_seconds)
        if known:
            raise contended(key)
        raise NoSuchTask(
            f"No task has the key {key!r}. Step Functions forgets a task 90 days after its end."
            f"{self._service.elsewhere}"
        )

    def reconcile(self, before: LiveGeneration, started: Execution) -> LiveGeneration:
        """Have a generation that was just started take the place of those before, unless it came too late."""
        known = {1: before.first, before.number: before.execution, before.number + 1: started}
        return self._settled(known) or self.current(started.generation.key)

    def was_called(self, execution: Execution) -> bool:
        """Whether the function was called; the history is asked where that is not plain."""
        if execution.surely_waited_until(execution.stopped or self._clock.now()):
            return False
        return holds_call(self._service.history(execution.generation, with_payloads=False))

    def _known(self, key: str) -> dict[int, Execution]:
        """Describe the first and the latest generation of a key, and some between, in few calls."""
        first = self._service.describe(Generation(key))
        if first is None:
            return {}
        known = {1: first}
        if len(key) > MAX_KEY:  # started by others: its name has no room for a generation
            return known
        lineage = _lineage(first)
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

    def _settled(self, known: dict[int, Execution]) -> LiveGeneration | None:
        """Stop all that are open but one; None where those that are known have all been replaced."""
        lineage = _lineage(known[1])
        for pause_seconds in PAUSES_SECONDS:
            members = self._unsettled(lineage, known)
            chosen = _chosen(members)
            if chosen is None:
                return None
            surplus = [member for member in members if member is not chosen and member.can_be_stopped]
            if not surplus:
                return LiveGeneration(chosen, self._member(lineage.generation(1), known).execution)
            for member in surplus:
                self._stop(member, chosen)
                del known[member.number]  # so that it is looked at again: was that in time?
            self._clock.sleep(pause_seconds)
        raise contended(lineage.key)

    def _unsettled(self, lineage: Lineage, known: dict[int, Execution]) -> list[GenerationState]:
        """Look at the generations from the latest down to one that made room; the lowest first."""
        members: list[GenerationState] = []
        for number in range(max(known), 0, -1):
            member = self._member(lineage.generation(number), known)
            if members and member.was_replaced and member.execution.was_stopped_for(Stop.RESCHEDULED):
                break
            members.insert(0, member)
        return members

    def _member(self, generation: Generation, known: dict[int, Execution]) -> GenerationState:
        if generation.number not in known:
            execution = self._service.describe(generation)
            if execution is None:
                raise NoSuchTask(f"Step Functions has just forgotten {generation.name!r}.")
            known[generation.number] = execution
        return GenerationState(known[generation.number], self.was_called)

    def _stop(self, member: GenerationState, chosen: GenerationState) -> None:
        name = chosen.execution.generation.name
        stop, cause = Stop.RESCHEDULED, f"Rescheduled: {name} is in its place."
        if member.number > chosen.number:
            stop, cause = Stop.WITHDRAWN, f"Came too late: {name} had been called or cancelled before."
        self._service.stop(member.execution.generation, stop, cause)


def contended(key: str) -> Contended:
    """Say that a key never came to rest."""
    return Contended(f"The task {key!r} is being changed by others at the same time. Try again.")


def _chosen(members: list[GenerationState]) -> GenerationState | None:
    """Return the first that has the key, or else the latest that waits."""
    if len(members) == 1 and members[0].execution.is_open:
        return members[0]  # whether it was called makes no difference
    having = [member for member in members if member.has_the_key]
    waiting = [member for member in members if member.can_be_stopped]
    return having[0] if having else waiting[-1] if waiting else None


def _lineage(first: Execution) -> Lineage:
    return Lineage(first.generation.key, first.started)
