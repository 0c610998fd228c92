"""One burst of an execution while it happens: its events, and where its branches are."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.branch import Branch, ForkProgress, nth_of, root_of
from stepfunctions_local.engine.execution.context import ExecutionContext
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
from stepfunctions_local.engine.execution.history import HistoryBuilder
from stepfunctions_local.engine.execution.state import ExecutionState, PendingState, StateChanges
from stepfunctions_local.engine.execution.turn import End, Turn
from stepfunctions_local.engine.execution.variables import Variables
from stepfunctions_local.language import Decision, Effort, Failure, Json, Visit

if TYPE_CHECKING:
    from stepfunctions_local.engine.execution.call import PlannedCall

MAX_EVENTS: Final = 200
"""After so many events at a stretch an execution lets others go first."""

MAX_SECONDS: Final = 0.05
"""After so many seconds of the processor for its expressions, too."""

Step = Callable[[], Decision | None]


class UnitOfWork:
    """What those who move an execution share. An instance serves for one burst."""

    def __init__(
        self,
        execution: Execution,
        context: ExecutionContext,
        state: ExecutionState,
        position: Position | None,
    ) -> None:
        self.execution = execution
        self.context = context
        self.now = context.now
        self.deadline = _deadline(execution, context.definition)
        self.state = PendingState(state)
        self.root_id = root_of(execution.id)
        self._is_forked = position is not None and is_forked(position)
        self.history = HistoryBuilder(self._last_event_id(position), self.now)
        self.calls: dict[int, PlannedCall] = {}
        self.abandoned: list[str] = []
        self.steps: deque[tuple[int, Step]] = deque()
        self.end: End | None = None
        self._active_branches: dict[int, ActiveBranch] = {}
        self._effort = Effort()

    @property
    def is_long(self) -> bool:
        """Whether the burst should end here, for others to go on."""
        return len(self.history.events) >= MAX_EVENTS or self._effort.seconds > MAX_SECONDS

    @property
    def turn(self) -> Turn:
        """What has happened."""
        if fork := self.fork(self.root_id):
            self.set_fork(replace(fork, last_event_id=self.history.last_event_id))
        return Turn(self.history.events, self.state.changes, self.calls, self.end, tuple(self.abandoned))

    def queue_step(self, branch_id: int, step: Step) -> None:
        """Let a branch take the next step, before all others that are to move."""
        self.steps.appendleft((branch_id, step))

    def active(self, branch_id: int) -> ActiveBranch:
        """Return a branch that stands somewhere."""
        active = self._active_branches.get(branch_id)
        if active is None:
            position = self.state.position(branch_id)
            if position is None:
                raise LookupError(f"Branch {branch_id} does not stand anywhere.")
            active = self.resume(position)
        return active

    def resume(self, position: Position) -> ActiveBranch:
        """Take a branch up where it stands."""
        branch = position.branch
        active = self._activate(branch, position.previous_event_id, position.variables)
        active.resume(self.context.definition.states[position.state], position)
        return active

    def new_root(self, previous_event_id: int) -> ActiveBranch:
        """Begin the root."""
        return self._activate(Branch(self.root_id), previous_event_id, None)

    def new_branch(self, parent_id: int, index: int, previous_event_id: int) -> ActiveBranch:
        """Begin a branch, the next event of which will be the execution's next."""
        branch_id = nth_of(self.execution.id, self.history.last_event_id + 1)
        return self._activate(Branch(branch_id, parent_id, index), previous_event_id, None)

    def enter(self, active: ActiveBranch, name: str, document: Document) -> Decision | None:
        """Enter a state."""
        state, now = self.context.definition.states[name], self.now
        event_id = self.write(active, history.state_entered(state.type_name, name, document.text))
        active.enter(state, document, event_id, now)
        if self.is_long:
            self.rest(active, Phase.READY, now)
            return None
        return state.enter(self.visit(active))

    def rest(self, active: ActiveBranch, phase: Phase, until: datetime | None) -> None:
        """Let a branch rest until a moment, or as long as the execution may take."""
        due = self.deadline if until is None else min(until, self.deadline)
        position = active.rested(phase, due, self.history.last_event_id)
        self.state.changes.positions[active.branch.id] = position

    def leave(self, branch_id: int) -> None:
        """Let a branch be over."""
        self.state.changes.positions[branch_id] = None
        self._active_branches.pop(branch_id, None)

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return what a branch waits for, if it has begun others."""
        changed = self.state.changes.forks
        if branch_id in changed:
            return changed[branch_id]
        # Nobody asks the records for an execution that never had another branch.
        return self.state.fork(branch_id) if self._is_forked else None

    def known_fork(self, branch_id: int) -> ForkProgress:
        """Return what a branch waits for that has begun others."""
        fork = self.fork(branch_id)
        if fork is None:
            raise LookupError(f"Branch {branch_id} has begun no others.")
        return fork

    def has_left(self, branch_id: int) -> bool:
        """Whether a branch was over at the end of its burst, or is by now."""
        return self.state.changes.positions.get(branch_id, branch_id) is None

    def set_fork(self, fork: ForkProgress) -> None:
        """Take note of how far a fork is."""
        self.state.changes.forks[fork.branch_id] = fork

    def drop_fork(self, fork_id: int) -> None:
        """Let a fork be over."""
        self.state.changes.forks[fork_id] = None
        self.state.changes.empty(fork_id)

    def write(self, active: ActiveBranch, new_event: history.NewEvent, previous: int | None = None) -> int:
        """Write what happens to a branch. It follows what happened to it before, or the event `previous`.

        Raises:
            HistoryFull: the execution has as many events as it may have.

        """
        follows = active.previous_event_id if previous is None else previous
        event_id = self.history.write(new_event, follows)
        active.followed_event_id, active.previous_event_id = follows, event_id
        return event_id

    def visit(self, active: ActiveBranch, item: tuple[int, Json] | None = None) -> Visit:
        """Return what a state sees; `item` is number and value of an item that a Map looks at."""
        return Visit(
            input=active.document.value,
            context=partial(self._context_object, active, item),
            entered_event_id=active.entered_event_id,
            now=self.now,
            retries=active.retries,
            random=self.context.random,
            variables=active.variables.values,
            effort=self._effort,
        )

    def succeed(self, output: Document, previous_event_id: int) -> None:
        """End the execution with an output."""
        self.history.write(history.execution_succeeded(output.text), previous_event_id)
        self.leave(self.root_id)
        self.end = End(Status.SUCCEEDED, self.now, output.text, branches=(self.root_id,))

    def fail(self, kind: str, status: Status, failure: Failure, previous_event_id: int) -> None:
        """End the execution otherwise: `kind` is Failed, Aborted or TimedOut."""
        self.history.close(history.execution_ended(kind, failure), previous_event_id)
        self.halt(self.root_id)
        self._abandon_all()
        self.end = End(status, self.now, failure=failure, branches=tuple(self._branches()))

    def abandon(self, branch_id: int, awaited: Awaited | None) -> None:
        """Wait no longer for the job that a branch waited for at the end of its burst, if it still does."""
        active = self._active_branches.get(branch_id)
        waited = active.awaited if active else awaited
        if waited and waited.job:
            self.abandoned.append(waited.job)

    def halt(self, branch_id: int) -> None:
        """Put down where a branch stands that does not go on; a redrive gives its state all its attempts."""
        if not self._stands(branch_id):
            return
        active, last = self.active(branch_id), self.history.last_event_id
        phase = Phase.FORKED if self.fork(branch_id) else Phase.READY
        halted = replace(
            active.rested(phase, self.now, last), previous_event_id=last, retries=(), awaited=None
        )
        self.state.changes.positions[branch_id] = halted

    def undo(self) -> None:
        """Take back all moves, but not what was written: it did happen."""
        self.state.changes = StateChanges()
        self._active_branches.clear()
        self.calls.clear()
        self.steps.clear()
        self.abandoned.clear()

    def _stands(self, branch_id: int) -> bool:
        return branch_id in self._active_branches or self.state.position(branch_id) is not None

    def _abandon_all(self) -> None:
        if self.fork(self.root_id) is None:
            self.abandon(self.root_id, None)
            return
        for position in self.state.positions(self.execution.id):
            self.abandon(position.branch.id, position.awaited)

    def _branches(self) -> Iterator[int]:
        if self.fork(self.root_id) is None:
            yield self.root_id
            return
        for position in self.state.positions(self.execution.id):
            yield position.branch.id

    def _activate(self, branch: Branch, previous_event_id: int, variables: str | None) -> ActiveBranch:
        outer = None if branch.parent_id is None else partial(self._variables, branch.parent_id)
        active = ActiveBranch(branch, previous_event_id, Variables.stored(variables, outer))
        self._active_branches[branch.id] = active
        return active

    def _variables(self, branch_id: int) -> Variables:
        return self.active(branch_id).variables

    def _last_event_id(self, position: Position | None) -> int:
        if position is None:
            return 0
        root = self.fork(self.root_id)
        return root.last_event_id if root else position.last_event_id

    def _context_object(self, active: ActiveBranch, item: tuple[int, Json] | None) -> dict[str, Json]:
        if active.context_object is None:
            active.context_object = context_object(self.execution, active, self.context)
        return active.context_object if item is None else active.context_object | of_item(*item)


def is_forked(position: Position) -> bool:
    """Whether a position is not all there is to its execution."""
    return position.branch.parent_id is not None or position.phase is Phase.FORKED


def _deadline(execution: Execution, definition: language.Definition) -> datetime:
    """Return when the execution's time is over: a redrive renews its machine's time, but not its life."""
    end, seconds = execution.started + MAX_LIFE, definition.timeout_seconds
    if seconds is None:
        return end
    return min(end, (execution.redriven or execution.started) + timedelta(seconds=seconds))
