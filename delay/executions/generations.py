"""The generations of a key: find the live one, and reconcile what an interrupted reschedule has left.

A reschedule starts the next generation before it stops the earlier ones. So wherever it is interrupted, at
least one generation is open, and all open ones are the latest. Every client that touches the key completes
the reschedule: docs/adr/0008-generations.md.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from delay.clock import Clock
from delay.errors import Contended, NoSuchTask
from delay.executions.execution import Execution, Stop, contains_call
from delay.executions.generation import MAX_GENERATION, MAX_KEY, RETENTION, Generation, Lineage
from delay.executions.service import StepFunctions
from delay.task import Task

PAUSES_SECONDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""The pauses before a key is read again, because others are changing it or a change is not visible yet.

Source: DescribeExecution in the API Reference, on eventual consistency.
"""


class GenerationState:
    """The state of one generation of a key: its execution, and whether that has called the function.

    A generation is waiting, called, ended, or replaced by a later one. Only `was_called` may need the
    history, which is read when the answer first matters.
    """

    def __init__(self, execution: Execution, was_called: Callable[[Execution], bool]) -> None:
        self.execution = execution
        self._was_called = was_called

    @property
    def number(self) -> int:
        """The generation's number."""
        return self.execution.generation.number

    @cached_property
    def was_called(self) -> bool:
        """Whether it has called the function."""
        return self._was_called(self.execution)

    @property
    def owns_key(self) -> bool:
        """Whether it was called, or ended without being replaced."""
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

    def to_task(self, now: datetime) -> Task:
        """Return the task at the time `now`."""
        return self.execution.to_task(now, was_called=self.execution.was_stopped and self.was_called)


class LiveGeneration(GenerationState):
    """The one generation that a key stands for: `get` returns it, `cancel` and `reschedule` act on it.

    It is the earliest generation that owns the key or, if there is none, the latest that is open. It may have
    ended. Other open generations are stopped unless they were called.
    """

    def __init__(self, state: GenerationState, first: Execution) -> None:
        super().__init__(state.execution, lambda _: state.was_called)
        self.first = first
        """The key's first generation. Step Functions knows the key as long as it keeps this execution."""

    @property
    def next_generation(self) -> Generation:
        """The generation that a reschedule starts."""
        return _build_lineage(self.first).generation(self.number + 1)


class Generations:
    """The generations of keys, as Step Functions knows them."""

    def __init__(self, service: StepFunctions, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def find_live(self, key: str, *, must_exist: bool = False) -> LiveGeneration:
        """Return the live generation of a key, and stop other open ones.

        With `must_exist`, the key is known to be used, so the search is repeated until a task is visible.

        Raises:
            NoSuchTask: there is none, or with `must_exist`, none became visible.
            Contended: other clients kept changing the key.

        """
        for pause_seconds in PAUSES_SECONDS:
            known = self._probe_key(key)
            if not known and not must_exist:
                break
            if known and (live := self._reconcile_known(known)):
                return live
            # A generation that was started a moment ago, the first or a later one, is not visible yet.
            self._clock.sleep(pause_seconds)
        if known:
            raise build_contended(key)
        raise NoSuchTask(
            f"No task has the key {key!r}. Step Functions forgets a task {RETENTION.days} days after its end."
            f"{self._service.region_hint}"
        )

    def reconcile(self, live: LiveGeneration, started: Execution) -> LiveGeneration:
        """Replace the live generation by the next one, just started, and return the one that is live then.

        If the replacement came too late, the started generation is stopped instead.
        """
        known = {1: live.first, live.number: live.execution, live.number + 1: started}
        return self._reconcile_known(known) or self.find_live(started.generation.key)

    def was_called(self, execution: Execution) -> bool:
        """Whether the function was called. The history is read unless the times already exclude a call."""
        if execution.was_surely_waiting_at(execution.stopped or self._clock.now()):
            return False
        return contains_call(self._service.read_history(execution.generation, with_payloads=False))

    def _probe_key(self, key: str) -> dict[int, Execution]:
        """Return the first and the latest generation of a key, and some between, by number, in few calls."""
        first = self._service.describe(Generation(key))
        if first is None:
            return {}
        known = {1: first}
        if len(key) > MAX_KEY:  # started by another program: its name has no room for a suffix
            return known
        lineage = _build_lineage(first)
        low, high = 1, 2
        while high <= MAX_GENERATION and self._probe(lineage, high, known):
            low, high = high, high * 2
        high = min(high, MAX_GENERATION + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._probe(lineage, middle, known) else (low, middle)
        return known

    def _probe(self, lineage: Lineage, number: int, known: dict[int, Execution]) -> bool:
        """Return whether a generation exists; add it to `known` if so."""
        execution = self._service.describe(lineage.generation(number))
        if execution is not None:
            known[number] = execution
        return execution is not None

    def _reconcile_known(self, known: dict[int, Execution]) -> LiveGeneration | None:
        """Stop all open generations but the live one; return None if all known ones have been replaced."""
        lineage = _build_lineage(known[1])
        for pause_seconds in PAUSES_SECONDS:
            states = self._load_candidates(lineage, known)
            chosen = _choose_live(states)
            if chosen is None:
                return None
            surplus = [state for state in states if state is not chosen and state.can_be_stopped]
            if not surplus:
                return LiveGeneration(chosen, self._load_state(lineage.generation(1), known).execution)
            for state in surplus:
                self._stop(state, chosen)
                del known[state.number]  # so that it is read again: was it stopped in time?
            self._clock.sleep(pause_seconds)
        raise build_contended(lineage.key)

    def _load_candidates(self, lineage: Lineage, known: dict[int, Execution]) -> list[GenerationState]:
        """Return the latest generation and its predecessors back to a replaced one, the earliest first."""
        states: list[GenerationState] = []
        for number in range(max(known), 0, -1):
            state = self._load_state(lineage.generation(number), known)
            if states and state.was_replaced and state.execution.was_stopped_for(Stop.RESCHEDULED):
                break
            states.insert(0, state)
        return states

    def _load_state(self, generation: Generation, known: dict[int, Execution]) -> GenerationState:
        if generation.number not in known:
            execution = self._service.describe(generation)
            if execution is None:
                raise NoSuchTask(f"Step Functions has just forgotten {generation.name!r}.")
            known[generation.number] = execution
        return GenerationState(known[generation.number], self.was_called)

    def _stop(self, state: GenerationState, chosen: GenerationState) -> None:
        name = chosen.execution.generation.name
        stop, cause = Stop.RESCHEDULED, f"Rescheduled: {name} replaces it."
        if state.number > chosen.number:
            stop, cause = Stop.WITHDRAWN, f"Too late: {name} had been called or cancelled before."
        self._service.stop(state.execution.generation, stop, cause)


def build_contended(key: str) -> Contended:
    """Return the error for a key that other clients kept changing."""
    return Contended(f"The task {key!r} is being changed by other clients at the same time. Try again.")


def _choose_live(states: list[GenerationState]) -> GenerationState | None:
    """Return the earliest that owns the key, or else the latest that is waiting."""
    if len(states) == 1 and states[0].execution.is_open:
        return states[0]  # whether it was called makes no difference
    owners = [state for state in states if state.owns_key]
    waiting = [state for state in states if state.can_be_stopped]
    return owners[0] if owners else waiting[-1] if waiting else None


def _build_lineage(first: Execution) -> Lineage:
    return Lineage(first.generation.key, first.started)
