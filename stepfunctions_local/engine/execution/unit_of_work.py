"""The unit of work of one turn: the events and state changes that the turn has made so far."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.branch import Branch, ForkProgress, branch_id_of, root_of
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.context_object import build_context_object, build_item_context
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Awaited, Execution, Phase, Position, Status
from stepfunctions_local.engine.execution.history import HistoryBuilder
from stepfunctions_local.engine.execution.state import ExecutionState, PendingState, StateChanges
from stepfunctions_local.engine.execution.turn import End, Turn
from stepfunctions_local.engine.execution.variables import Variables
from stepfunctions_local.language import Decision, Effort, Failure, Item, Json, Visit

if TYPE_CHECKING:
    from stepfunctions_local.engine.execution.call import PlannedCall

MAX_TURN_EVENTS: Final = 200
"""An execution that has written this many events ends its turn, to let others go on."""

MAX_TURN_CHARACTERS: Final = 512 * 1024
"""So does one with this much text to parse and to write, so that it does not hold up others by its size."""

MAX_TURN_SECONDS: Final = 0.05
"""So does one whose expressions have taken this much processor time."""

Step = Callable[[], Decision | None]


class UnitOfWork:
    """Collects the changes of a turn for the interpreter. An instance serves for one turn."""

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
        self.event_time = context.event_time
        self.deadline = _compute_deadline(execution, context.definition)
        self.state = PendingState(state)
        self.root_id = root_of(execution.id)
        self._is_forked = position is not None and is_forked(position)
        self.history = HistoryBuilder(
            self._find_last_event_id(position), self.event_time, is_limited=not execution.is_express
        )
        self.calls: dict[int, PlannedCall] = {}
        self.abandoned: list[str] = []
        self.steps: deque[tuple[int, Step]] = deque()
        self.end: End | None = None
        self._active_branches: dict[int, ActiveBranch] = {}
        self._effort = Effort()
        self._assigned_characters = 0

    @property
    def is_long(self) -> bool:
        """Whether the turn should end now, to let other executions go on."""
        return (
            len(self.history.events) >= MAX_TURN_EVENTS
            or self.history.characters + self._assigned_characters >= MAX_TURN_CHARACTERS
            or self._effort.seconds > MAX_TURN_SECONDS
        )

    def finish(self) -> Turn:
        """Return the turn with all that has happened."""
        if fork := self.fork(self.root_id):
            self.set_fork(replace(fork, last_event_id=self.history.last_event_id))
        changes, end = self.state.changes, self.end
        characters = self.history.characters + changes.count_characters()
        return Turn(self.history.events, changes, self.calls, end, tuple(self.abandoned), characters)

    def queue_step(self, branch_id: int, step: Step) -> None:
        """Queue a step of a branch before all others."""
        self.steps.appendleft((branch_id, step))

    def active_branch(self, branch_id: int) -> ActiveBranch:
        """Return a branch that has not ended, resumed if need be."""
        active = self._active_branches.get(branch_id)
        if active is None:
            position = self.state.position(branch_id)
            if position is None:
                raise LookupError(f"Branch {branch_id} has no position.")
            active = self.resume(position)
        return active

    def resume(self, position: Position) -> ActiveBranch:
        """Resume a branch at its position."""
        branch = position.branch
        active = self._activate(branch, position.previous_event_id, position.variables)
        active.resume(self.context.definition.states[position.state], position)
        return active

    def new_root(self, previous_event_id: int) -> ActiveBranch:
        """Return the root of an execution that begins."""
        return self._activate(Branch(self.root_id), previous_event_id, None)

    def new_branch(self, parent_id: int, index: int, previous_event_id: int) -> ActiveBranch:
        """Return a new branch, whose first event will be the execution's next."""
        branch_id = branch_id_of(self.execution.id, self.history.last_event_id + 1)
        return self._activate(Branch(branch_id, parent_id, index), previous_event_id, None)

    def enter(self, active: ActiveBranch, name: str, document: Document) -> Decision | None:
        """Enter a state and return its decision, or None if the turn ends first."""
        state = self.context.definition.states[name]
        event_id = self.write(active, history.state_entered(state.type_name, name, document.text))
        active.enter(state, document, event_id, self.event_time)
        if self.is_long:
            self.rest(active, Phase.READY, self.now)
            return None
        return state.enter(self.visit(active))

    def rest(self, active: ActiveBranch, phase: Phase, until: datetime | None) -> None:
        """Put a branch to rest until a time (UTC), at the latest the execution's deadline."""
        due = self.deadline if until is None else min(until, self.deadline)
        position = active.to_position(phase, due, self.history.last_event_id)
        self.state.changes.positions[active.branch.id] = position

    def end_branch(self, branch_id: int) -> None:
        """Drop a branch that has ended."""
        self.state.changes.positions[branch_id] = None
        self._active_branches.pop(branch_id, None)

    def fork(self, branch_id: int) -> ForkProgress | None:
        """Return the progress of a branch's Parallel or Map; None if it is in neither."""
        changed = self.state.changes.forks
        if branch_id in changed:
            return changed[branch_id]
        # An execution that never forked needs no look at the records.
        return self.state.fork(branch_id) if self._is_forked else None

    def require_fork(self, branch_id: int) -> ForkProgress:
        """Return the progress of the Parallel or Map that a branch is known to be in."""
        fork = self.fork(branch_id)
        if fork is None:
            raise LookupError(f"Branch {branch_id} has no branches.")
        return fork

    def has_ended(self, branch_id: int) -> bool:
        """Whether a branch has ended in this turn."""
        return self.state.changes.positions.get(branch_id, branch_id) is None

    def set_fork(self, fork: ForkProgress) -> None:
        """Save the progress of a fork."""
        self.state.changes.forks[fork.branch_id] = fork

    def drop_fork(self, fork_id: int) -> None:
        """Drop a fork that has ended, with the inputs and outputs of its branches."""
        self.state.changes.forks[fork_id] = None
        self.state.changes.empty(fork_id)

    def write(self, active: ActiveBranch, new_event: history.NewEvent, previous: int | None = None) -> int:
        """Write an event that follows the branch's last one, or `previous`, and return its number.

        Raises:
            HistoryFull: only the execution's end still fits.

        """
        follows = active.previous_event_id if previous is None else previous
        event_id = self.history.write(new_event, follows)
        active.followed_event_id, active.previous_event_id = follows, event_id
        return event_id

    def count_invocation(self, state: str) -> int:
        """Count an invocation of a mocked Task, and return how many there were before."""
        before = self.state.invocations(self.execution.id, state)
        self.state.changes.invocations[state] = before + 1
        return before

    def assign(self, active: ActiveBranch, variables: Variables) -> None:
        """Set a branch's variables. All of them are written anew, however few were assigned."""
        active.variables = variables
        self._assigned_characters += len(variables.text or "")

    def visit(self, active: ActiveBranch, item: tuple[int, Item] | None = None) -> Visit:
        """Return the visit of a state. `item` is the index and the item that a Map evaluates."""
        return Visit(
            input=active.document.value,
            context=partial(self._build_context_object, active, item),
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
        self.end_branch(self.root_id)
        self.end = End(Status.SUCCEEDED, self.event_time, output.text, branches=(self.root_id,))

    def fail(self, kind: str, status: Status, failure: Failure, previous_event_id: int) -> None:
        """End the execution in another way: `kind` is Failed, Aborted or TimedOut."""
        self.history.write_end(history.execution_ended(kind, failure), previous_event_id)
        self.halt(self.root_id)
        self._abandon_all()
        self.end = End(status, self.event_time, failure=failure, branches=tuple(self._branch_ids()))

    def abandon(self, branch_id: int, awaited: Awaited | None) -> None:
        """Abandon the job that a branch waits for, on record (`awaited`) or, once resumed, in this turn."""
        active = self._active_branches.get(branch_id)
        waited = active.awaited if active else awaited
        if waited and waited.job:
            self.abandoned.append(waited.job)

    def halt(self, branch_id: int) -> None:
        """Record the position of a branch that does not go on; a redrive gives its state all its attempts."""
        if not self._has_position(branch_id):
            return
        active, last = self.active_branch(branch_id), self.history.last_event_id
        phase = Phase.FORKED if self.fork(branch_id) else Phase.READY
        halted = replace(
            active.to_position(phase, self.now, last), previous_event_id=last, retries=(), awaited=None
        )
        self.state.changes.positions[branch_id] = halted

    def discard_changes(self) -> None:
        """Discard what this turn has done except for its events: they did happen."""
        self.state.changes = StateChanges()
        self._active_branches.clear()
        self.calls.clear()
        self.steps.clear()
        self.abandoned.clear()

    def _has_position(self, branch_id: int) -> bool:
        return branch_id in self._active_branches or self.state.position(branch_id) is not None

    def _abandon_all(self) -> None:
        if self.fork(self.root_id) is None:
            self.abandon(self.root_id, None)
            return
        for position in self.state.positions(self.execution.id):
            self.abandon(position.branch.id, position.awaited)

    def _branch_ids(self) -> Iterator[int]:
        if self.fork(self.root_id) is None:
            yield self.root_id
            return
        for position in self.state.positions(self.execution.id):
            yield position.branch.id

    def _activate(self, branch: Branch, previous_event_id: int, variables: str | None) -> ActiveBranch:
        outer = None if branch.parent_id is None else partial(self._find_variables, branch.parent_id)
        active = ActiveBranch(branch, previous_event_id, Variables.load(variables, outer))
        self._active_branches[branch.id] = active
        return active

    def _find_variables(self, branch_id: int) -> Variables:
        return self.active_branch(branch_id).variables

    def _find_last_event_id(self, position: Position | None) -> int:
        if position is None:
            return 0
        root = self.fork(self.root_id)
        return root.last_event_id if root else position.last_event_id

    def _build_context_object(self, active: ActiveBranch, item: tuple[int, Item] | None) -> dict[str, Json]:
        if active.context_object is None:
            active.context_object = build_context_object(self.execution, active, self.context)
        return active.context_object if item is None else active.context_object | build_item_context(*item)


def is_forked(position: Position) -> bool:
    """Whether a position belongs to an execution with several branches."""
    return position.branch.parent_id is not None or position.phase is Phase.FORKED


def _compute_deadline(execution: Execution, definition: language.Definition) -> datetime:
    """Return the deadline (UTC). A redrive restarts TimeoutSeconds, but not the longest life."""
    end, seconds = execution.started + execution.longest_life, definition.timeout_seconds
    if seconds is None:
        return end
    return min(end, (execution.redriven or execution.started) + timedelta(seconds=seconds))
