"""One burst of an execution while it happens: its events, and where its branches are."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import Strand
from stepfunctions_local.engine.execution.branch import Branch, Fork, nth_of, root_of
from stepfunctions_local.engine.execution.context import Surroundings
from stepfunctions_local.engine.execution.context_object import context_object, of_item
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import (
    MAX_LIFE,
    Awaited,
    Execution,
    Phase,
    Position,
    Status,
)
from stepfunctions_local.engine.execution.history import Chronicle
from stepfunctions_local.engine.execution.state import Moves, Overlay, Standing
from stepfunctions_local.engine.execution.turn import Burst, End
from stepfunctions_local.engine.execution.variables import Variables
from stepfunctions_local.language import Decision, Effort, Failure, Json, Visit

if TYPE_CHECKING:
    from stepfunctions_local.engine.execution.call import PlannedCall

MAX_EVENTS: Final = 200
"""After so many events at a stretch an execution lets others go first."""

MAX_SECONDS: Final = 0.05
"""After so many seconds of the processor for its expressions, too."""

Step = Callable[[], Decision | None]


class Scene:
    """What those who move an execution share. An instance serves for one burst."""

    def __init__(
        self, execution: Execution, around: Surroundings, standing: Standing, position: Position | None
    ) -> None:
        self.execution = execution
        self.around = around
        self.now = around.now
        self.deadline = _deadline(execution, around.definition)
        self.standing = Overlay(standing)
        self.root_id = root_of(execution.id)
        self._is_forked = position is not None and is_forked(position)
        self.chronicle = Chronicle(self._last_event_id(position), self.now)
        self.calls: dict[int, PlannedCall] = {}
        self.given_up: list[str] = []
        self.turns: deque[tuple[int, Step]] = deque()
        self.end: End | None = None
        self._strands: dict[int, Strand] = {}
        self._effort = Effort()

    @property
    def is_long(self) -> bool:
        """Whether the burst should end here, for others to go on."""
        return len(self.chronicle.events) >= MAX_EVENTS or self._effort.seconds > MAX_SECONDS

    @property
    def burst(self) -> Burst:
        """What has happened."""
        if fork := self.fork(self.root_id):
            self.set_fork(replace(fork, last_event_id=self.chronicle.last_event_id))
        return Burst(self.chronicle.events, self.standing.moves, self.calls, self.end, tuple(self.given_up))

    def turn(self, branch_id: int, step: Step) -> None:
        """Let a branch take the next step, before all others that are to move."""
        self.turns.appendleft((branch_id, step))

    def strand(self, branch_id: int) -> Strand:
        """Return a branch that stands somewhere."""
        strand = self._strands.get(branch_id)
        if strand is None:
            position = self.standing.position(branch_id)
            if position is None:
                raise LookupError(f"Branch {branch_id} does not stand anywhere.")
            strand = self.resume(position)
        return strand

    def resume(self, position: Position) -> Strand:
        """Take a branch up where it stands."""
        branch = position.branch
        strand = self._new_strand(branch, position.previous_event_id, position.variables)
        strand.resume(self.around.definition.states[position.state], position)
        return strand

    def new_root(self, previous_event_id: int) -> Strand:
        """Begin the root."""
        return self._new_strand(Branch(self.root_id), previous_event_id, None)

    def new_branch(self, parent_id: int, index: int, previous_event_id: int) -> Strand:
        """Begin a branch, the next event of which will be the execution's next."""
        branch_id = nth_of(self.execution.id, self.chronicle.last_event_id + 1)
        return self._new_strand(Branch(branch_id, parent_id, index), previous_event_id, None)

    def enter(self, strand: Strand, name: str, document: Document) -> Decision | None:
        """Enter a state."""
        state, now = self.around.definition.states[name], self.now
        event_id = self.write(strand, history.state_entered(state.type_name, name, document.text))
        strand.enter(state, document, event_id, now)
        if self.is_long:
            self.rest(strand, Phase.READY, now)
            return None
        return state.enter(self.visit(strand))

    def rest(self, strand: Strand, phase: Phase, until: datetime | None) -> None:
        """Let a branch rest until a moment, or as long as the execution may take."""
        due = self.deadline if until is None else min(until, self.deadline)
        position = strand.rested(phase, due, self.chronicle.last_event_id)
        self.standing.moves.positions[strand.branch.id] = position

    def leave(self, branch_id: int) -> None:
        """Let a branch be over."""
        self.standing.moves.positions[branch_id] = None
        self._strands.pop(branch_id, None)

    def fork(self, branch_id: int) -> Fork | None:
        """Return what a branch waits for, if it has begun others."""
        moved = self.standing.moves.forks
        if branch_id in moved:
            return moved[branch_id]
        # Nobody asks the records for an execution that never had another branch.
        return self.standing.fork(branch_id) if self._is_forked else None

    def known_fork(self, branch_id: int) -> Fork:
        """Return what a branch waits for that has begun others."""
        fork = self.fork(branch_id)
        if fork is None:
            raise LookupError(f"Branch {branch_id} has begun no others.")
        return fork

    def has_left(self, branch_id: int) -> bool:
        """Whether a branch was over at the end of its burst, or is by now."""
        return self.standing.moves.positions.get(branch_id, branch_id) is None

    def set_fork(self, fork: Fork) -> None:
        """Take note of how far a fork is."""
        self.standing.moves.forks[fork.branch_id] = fork

    def drop_fork(self, fork_id: int) -> None:
        """Let a fork be over."""
        self.standing.moves.forks[fork_id] = None
        self.standing.moves.empty(fork_id)

    def write(self, strand: Strand, happening: history.Happening, previous: int | None = None) -> int:
        """Write what happens to a branch. It follows what happened to it before, or the event `previous`.

        Raises:
            HistoryFull: the execution has as many events as it may have.

        """
        follows = strand.previous_event_id if previous is None else previous
        event_id = self.chronicle.write(happening, follows)
        strand.followed_event_id, strand.previous_event_id = follows, event_id
        return event_id

    def visit(self, strand: Strand, item: tuple[int, Json] | None = None) -> Visit:
        """Return what a state sees; `item` is number and value of an item that a Map looks at."""
        return Visit(
            input=strand.document.value,
            context=partial(self._context_object, strand, item),
            entered_event_id=strand.entered_event_id,
            now=self.now,
            retries=strand.retries,
            random=self.around.random,
            variables=strand.variables.values,
            effort=self._effort,
        )

    def succeed(self, output: Document, previous_event_id: int) -> None:
        """End the execution with an output."""
        self.chronicle.write(history.execution_succeeded(output.text), previous_event_id)
        self.leave(self.root_id)
        self.end = End(Status.SUCCEEDED, self.now, output.text, branches=(self.root_id,))

    def fail(self, kind: str, status: Status, failure: Failure, previous_event_id: int) -> None:
        """End the execution otherwise: `kind` is Failed, Aborted or TimedOut."""
        self.chronicle.close(history.execution_ended(kind, failure), previous_event_id)
        self.halt(self.root_id)
        self._give_up_all()
        self.end = End(status, self.now, failure=failure, branches=tuple(self._branches()))

    def give_up(self, branch_id: int, awaited: Awaited | None) -> None:
        """Wait no longer for the job that a branch waited for at the end of its burst, if it still does."""
        strand = self._strands.get(branch_id)
        waited = strand.awaited if strand else awaited
        if waited and waited.job:
            self.given_up.append(waited.job)

    def halt(self, branch_id: int) -> None:
        """Put down where a branch stands that does not go on; a redrive gives its state all its attempts."""
        if not self._stands(branch_id):
            return
        strand, last = self.strand(branch_id), self.chronicle.last_event_id
        phase = Phase.FORKED if self.fork(branch_id) else Phase.READY
        halted = replace(
            strand.rested(phase, self.now, last), previous_event_id=last, retries=(), awaited=None
        )
        self.standing.moves.positions[branch_id] = halted

    def undo(self) -> None:
        """Take back all moves, but not what was written: it did happen."""
        self.standing.moves = Moves()
        self._strands.clear()
        self.calls.clear()
        self.turns.clear()
        self.given_up.clear()

    def _stands(self, branch_id: int) -> bool:
        return branch_id in self._strands or self.standing.position(branch_id) is not None

    def _give_up_all(self) -> None:
        if self.fork(self.root_id) is None:
            self.give_up(self.root_id, None)
            return
        for position in self.standing.positions(self.execution.id):
            self.give_up(position.branch.id, position.awaited)

    def _branches(self) -> Iterator[int]:
        if self.fork(self.root_id) is None:
            yield self.root_id
            return
        for position in self.standing.positions(self.execution.id):
            yield position.branch.id

    def _new_strand(self, branch: Branch, previous_event_id: int, variables: str | None) -> Strand:
        outer = None if branch.parent_id is None else partial(self._variables, branch.parent_id)
        strand = Strand(branch, previous_event_id, Variables.stored(variables, outer))
        self._strands[branch.id] = strand
        return strand

    def _variables(self, branch_id: int) -> Variables:
        return self.strand(branch_id).variables

    def _last_event_id(self, position: Position | None) -> int:
        if position is None:
            return 0
        root = self.fork(self.root_id)
        return root.last_event_id if root else position.last_event_id

    def _context_object(self, strand: Strand, item: tuple[int, Json] | None) -> dict[str, Json]:
        if strand.context is None:
            strand.context = context_object(self.execution, strand, self.around)
        return strand.context if item is None else strand.context | of_item(*item)


def is_forked(position: Position) -> bool:
    """Whether a position is not all there is to its execution."""
    return position.branch.parent_id is not None or position.phase is Phase.FORKED


def _deadline(execution: Execution, definition: language.StateMachine) -> datetime:
    """Return when the execution's time is over: a redrive renews its machine's time, but not its life."""
    end, seconds = execution.started + MAX_LIFE, definition.timeout_seconds
    if seconds is None:
        return end
    return min(end, (execution.redriven or execution.started) + timedelta(seconds=seconds))
