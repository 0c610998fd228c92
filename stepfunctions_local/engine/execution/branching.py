"""Branching: the branches of Parallel and Map states begin, end, fail and are joined.

The branches that a failure aborts, and the order of the events, are as recorded on AWS.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, cast

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.branch import ForkProgress
from stepfunctions_local.engine.execution.document import (
    MAX_BYTES,
    Document,
    byte_length,
)
from stepfunctions_local.engine.execution.execution import Phase, Position, Status
from stepfunctions_local.engine.execution.unit_of_work import UnitOfWork
from stepfunctions_local.language import (
    RUNTIME,
    Begin,
    Decision,
    FailedEvaluation,
    Failure,
    ForkingState,
    Item,
    Json,
    Proceed,
    RetryAfter,
    build_data_limit_failure,
)

_ABORTABLE: Final = {"Map", "Parallel", "Task", "Wait"}
"""The types of state for which AWS has an event StateAborted."""


class Branching:
    """Forks an execution into branches and joins them. An instance serves for one turn."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def fork(self, active: ActiveBranch, decision: language.Fork) -> Decision | None:
        """Start a Parallel or a Map, and begin its first branch."""
        work, fork_id, state = self._work, active.branch.id, active.state
        documents = _build_documents(active, decision.items)
        if any(document.is_too_large for document in documents):
            return state.fail(work.visit(active), build_data_limit_failure(state.name))
        started = work.write(active, history.fork_started(state.type_name, len(documents)))
        work.drop_fork(fork_id)
        # No execution can begin more branches than it can have events.
        items = {index: document.text for index, document in enumerate(documents[: history.MAX_EVENTS])}
        work.state.changes.items[fork_id] = items
        work.set_fork(ForkProgress(fork_id, state.name, started, started, len(documents), decision.at_once))
        work.rest(active, Phase.FORKED, work.deadline)
        return self.begin(fork_id) if documents else self._join(fork_id)

    def begin(self, fork_id: int) -> Decision | None:
        """Begin the next branch, unless it has to wait for another to end; then queue the one after it."""
        work = self._work
        fork = work.fork(fork_id)
        if fork is None or not fork.can_begin:
            return None
        if work.is_long:
            work.rest(work.active_branch(fork_id), Phase.FORKED, work.now)
            return None
        begin, document = self._prepare_next(fork)
        if isinstance(begin, Begin):
            work.set_fork(replace(fork, begun=fork.begun + 1, open=fork.open + 1))
            work.queue_step(fork_id, partial(self.begin, fork_id))
            self._begin(fork, begin.first, document)
            return None
        return self._fail_to_begin(fork, begin)

    def end(self, active: ActiveBranch, output: Document) -> None:
        """End a branch with its output; then begin the next one, or join them all."""
        work, branch = self._work, active.branch
        fork_id = cast("int", branch.parent_id)
        fork = work.require_fork(fork_id)
        ended = self._write_iteration("Succeeded", fork, branch.index, active.previous_event_id)
        work.end_branch(branch.id)
        work.state.changes.items.setdefault(fork_id, {})[branch.index] = output.text
        changed = replace(
            fork,
            open=fork.open - 1,
            output_bytes=fork.output_bytes + byte_length(output.text) + 1,
            previous_event_id=active.previous_event_id,
        )
        if changed.is_over:
            work.set_fork(replace(changed, previous_event_id=ended))
            work.queue_step(fork_id, partial(self._join, fork_id))
            return
        work.set_fork(changed)
        if fork.is_full:
            work.queue_step(fork_id, partial(self.begin, fork_id))

    def fail(self, active: ActiveBranch, failure: Failure) -> None:
        """Fail a branch, and with it its parent's state unless that state handles the failure."""
        work, parent_id = self._work, active.branch.parent_id
        is_recorded = failure.error != RUNTIME
        if is_recorded and isinstance(active.state, ForkingState):
            work.write(active, history.fork_failed(active.state.type_name))
        if parent_id is None:
            work.fail("Failed", Status.FAILED, failure, active.previous_event_id)
            return
        parent = work.active_branch(parent_id)
        work.halt(active.branch.id)
        if is_recorded:
            self._record_failure(parent, active)
        parent.previous_event_id = active.previous_event_id
        decision = parent.state.fail(work.visit(parent), failure)
        work.queue_step(parent_id, partial(self._after_failure, parent, decision))

    def _prepare_next(self, fork: ForkProgress) -> tuple[Begin | Decision, Document]:
        """Return the state's decision on its next item, and the input of the branch that begins with it."""
        work, index = self._work, fork.begun
        state = cast("ForkingState", work.context.definition.states[fork.state])
        document = Document(work.state.item(fork.branch_id, index))
        if state.hands_items_on:
            return Begin(state.first(index), None), document
        active = work.active_branch(fork.branch_id)
        begin = state.begin(work.visit(active, (index, Item(document.value))), index, document.value)
        if isinstance(begin, Begin) and begin.input is not document.value:
            document = Document.of(begin.input)
            if document.is_too_large:
                begin = state.fail(work.visit(active), build_data_limit_failure(state.name))
        return begin, document

    def _begin(self, fork: ForkProgress, first: str, document: Document) -> None:
        work, index = self._work, fork.begun
        follows = fork.started_event_id if index < fork.at_once else fork.previous_event_id
        active = work.new_branch(fork.branch_id, index, follows)
        active.previous_event_id = self._write_iteration("Started", fork, index, follows)
        work.queue_step(active.branch.id, lambda: work.enter(active, first, document))

    def _join(self, fork_id: int) -> Decision:
        """Join the outputs of all branches, and let the state go on with them."""
        work, active, fork = self._work, self._work.active_branch(fork_id), self._work.require_fork(fork_id)
        outputs = work.state.items(fork_id) if fork.output_bytes <= MAX_BYTES else {}
        work.drop_fork(fork_id)
        active.previous_event_id = last = fork.previous_event_id
        if fork.output_bytes > MAX_BYTES:
            return active.state.fail(work.visit(active), build_data_limit_failure(fork.state))
        joined = ",".join(outputs[index] for index in range(fork.length))
        active.result = Document(f"[{joined}]")
        work.write(active, history.fork_succeeded(active.state.type_name))
        decision = active.state.succeed(work.visit(active), active.result.value)
        if isinstance(decision, Proceed):
            active.previous_event_id = last
        return decision

    def _after_failure(self, parent: ActiveBranch, decision: Decision) -> Decision:
        """Drop the other branches if a state handles the failure of one, and return its decision."""
        final = decision.then if isinstance(decision, FailedEvaluation) else decision
        if isinstance(final, Failure):
            return decision
        self._abandon(parent.branch.id)
        if not isinstance(decision, RetryAfter):
            self._work.write(parent, history.fork_failed(parent.state.type_name))
        return decision

    def _fail_to_begin(self, fork: ForkProgress, decision: Decision) -> Decision:
        """Abort the running branches of a state that cannot compute its next branch's input."""
        work, active = self._work, self._work.active_branch(fork.branch_id)
        active.previous_event_id = fork.previous_event_id
        final = decision.then if isinstance(decision, FailedEvaluation) else decision
        if not isinstance(final, Failure) or final.error != RUNTIME:
            positions = work.state.positions(work.execution.id)
            self._record_aborts(fork, positions, fork.previous_event_id)
        if not isinstance(final, Failure):
            self._abandon(fork.branch_id)
        return decision

    def _abandon(self, fork_id: int) -> None:
        """Drop all branches of a fork, and their own branches."""
        work = self._work
        work.drop_fork(fork_id)
        within = {fork_id}
        for position in work.state.positions(work.execution.id):
            # A branch has a higher id than its parent, so each parent comes first.
            if position.branch.parent_id in within:
                within.add(position.branch.id)
                if position.phase is Phase.FORKED:
                    work.drop_fork(position.branch.id)
                work.abandon(position.branch.id, position.awaited)
                work.end_branch(position.branch.id)

    def _record_failure(self, parent: ActiveBranch, failed: ActiveBranch) -> None:
        """Write the events of a branch's failure, and of the branches that it aborts."""
        work, last = self._work, failed.previous_event_id
        fork = work.require_fork(parent.branch.id)
        others = [
            position
            for position in work.state.positions(work.execution.id)
            if position.branch.id != failed.branch.id
        ]
        self._record_aborts(fork, others, last)
        self._write_iteration("Failed", fork, failed.branch.index, last)
        if failed.state.type_name == "Task":
            work.history.write(history.state_aborted("Task"), last)

    def _record_aborts(self, fork: ForkProgress, positions: Sequence[Position], last: int) -> None:
        """Write the aborts of a fork's branches and of the states that they are in."""
        work = self._work
        for position in _branches_of(fork, positions):
            self._write_iteration("Aborted", fork, position.branch.index, last)
            if position.phase is Phase.FORKED:
                self._record_aborts(work.require_fork(position.branch.id), positions, last)
            type_name = work.context.definition.states[position.state].type_name
            if position.phase is Phase.DISTRIBUTED:
                work.history.write(history.map_run_aborted(), last)
            if type_name in _ABORTABLE:
                work.history.write(history.state_aborted(type_name), last)

    def _write_iteration(self, kind: str, fork: ForkProgress, index: int, follows: int) -> int:
        """Write an event of an iteration of a Map. For a branch of a Parallel there is none."""
        work = self._work
        if work.context.definition.states[fork.state].type_name != history.MAP:
            return follows
        return work.history.write(history.iteration(kind, fork.state, index), follows)


def _branches_of(fork: ForkProgress, positions: Iterable[Position]) -> Iterator[Position]:
    return (position for position in positions if position.branch.parent_id == fork.branch_id)


def _build_documents(active: ActiveBranch, items: Sequence[Json]) -> list[Document]:
    """Return the inputs of branches as documents. Branches with the same value share one."""
    documents: list[Document] = []
    for item in items:
        shared = documents and documents[-1].value is item
        documents.append(documents[-1] if shared else active.to_document(item))
    return documents
