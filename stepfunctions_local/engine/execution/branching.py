"""How branches begin, end and fail, and what the state that began them makes of that.

What a failure cuts short, and which event follows which, is as recorded on AWS.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, cast

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import Strand
from stepfunctions_local.engine.execution.branch import Fork
from stepfunctions_local.engine.execution.document import (
    MAX_BYTES,
    Document,
    byte_length,
    data_limit_exceeded,
)
from stepfunctions_local.engine.execution.execution import Phase, Position, Status
from stepfunctions_local.engine.execution.unit_of_work import Scene
from stepfunctions_local.language import (
    RUNTIME,
    Begin,
    Decision,
    FailedEvaluation,
    Failure,
    ForkingState,
    Json,
    Proceed,
    RetryAfter,
)

_ABORTABLE: Final = {"Map", "Parallel", "Task", "Wait"}
"""The types of state that AWS has an event for when they are not exited."""


class Branching:
    """Begins and joins the branches of an execution, one burst long."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def fork(self, strand: Strand, decision: language.Fork) -> Decision | None:
        """Begin the work of a Parallel or a Map."""
        scene, fork_id, state = self._scene, strand.branch.id, strand.state
        documents = _documents(strand, decision.items)
        if any(document.is_too_large for document in documents):
            return state.fail(scene.visit(strand), data_limit_exceeded(state.name))
        started = scene.write(strand, history.fork_started(state.type_name, len(documents)))
        scene.drop_fork(fork_id)
        # No execution can begin more branches than it can have events.
        items = {index: document.text for index, document in enumerate(documents[: history.MAX_EVENTS])}
        scene.standing.moves.items[fork_id] = items
        scene.set_fork(Fork(fork_id, state.name, started, started, len(documents), decision.at_once))
        scene.rest(strand, Phase.FORKED, scene.deadline)
        return self.begin(fork_id) if documents else self._join(fork_id)

    def begin(self, fork_id: int) -> Decision | None:
        """Begin the next branch, unless it has to wait for another to end; then the one after it."""
        scene = self._scene
        fork = scene.fork(fork_id)
        if fork is None or not fork.can_begin:
            return None
        if scene.is_long:
            scene.rest(scene.strand(fork_id), Phase.FORKED, scene.now)
            return None
        begin, document = self._next(fork)
        if isinstance(begin, Begin):
            scene.set_fork(replace(fork, begun=fork.begun + 1, open=fork.open + 1))
            scene.turn(fork_id, partial(self.begin, fork_id))
            self._begin(fork, begin.first, document)
            return None
        return self._stumble(fork, begin)

    def end(self, strand: Strand, output: Document) -> None:
        """Let a branch end with its output; the next one can begin, or all are joined."""
        scene, branch = self._scene, strand.branch
        fork_id = cast("int", branch.parent_id)
        fork = scene.known_fork(fork_id)
        ended = self._write_iteration("Succeeded", fork, branch.index, strand.previous_event_id)
        scene.leave(branch.id)
        scene.standing.moves.items.setdefault(fork_id, {})[branch.index] = output.text
        changed = replace(
            fork,
            open=fork.open - 1,
            output_bytes=fork.output_bytes + byte_length(output.text) + 1,
            previous_event_id=strand.previous_event_id,
        )
        if changed.is_over:
            scene.set_fork(replace(changed, previous_event_id=ended))
            scene.turn(fork_id, partial(self._join, fork_id))
            return
        scene.set_fork(changed)
        if fork.is_full:
            scene.turn(fork_id, partial(self.begin, fork_id))

    def fail(self, strand: Strand, failure: Failure) -> None:
        """Let a branch fail, and with it the state that began it, unless that handles the failure."""
        scene, parent_id = self._scene, strand.branch.parent_id
        is_told = failure.error != RUNTIME
        if is_told and isinstance(strand.state, ForkingState):
            scene.write(strand, history.fork_failed(strand.state.type_name))
        if parent_id is None:
            scene.fail("Failed", Status.FAILED, failure, strand.previous_event_id)
            return
        parent = scene.strand(parent_id)
        scene.halt(strand.branch.id)
        if is_told:
            self._tell_of_failure(parent, strand)
        parent.previous_event_id = strand.previous_event_id
        answer = parent.state.fail(scene.visit(parent), failure)
        scene.turn(parent_id, partial(self._answered, parent, answer))

    def _next(self, fork: Fork) -> tuple[Begin | Decision, Document]:
        """Return what the state says to its next item, and what the branch begins with."""
        scene, index = self._scene, fork.begun
        state = cast("ForkingState", scene.around.definition.states[fork.state])
        document = Document(scene.standing.item(fork.branch_id, index))
        if state.hands_items_on:
            return Begin(state.first(index), None), document
        strand = scene.strand(fork.branch_id)
        begin = state.begin(scene.visit(strand, (index, document.value)), index, document.value)
        if isinstance(begin, Begin) and begin.input is not document.value:
            document = Document.of(begin.input)
            if document.is_too_large:
                begin = state.fail(scene.visit(strand), data_limit_exceeded(state.name))
        return begin, document

    def _begin(self, fork: Fork, first: str, document: Document) -> None:
        scene, index = self._scene, fork.begun
        follows = fork.started_event_id if index < fork.at_once else fork.previous_event_id
        strand = scene.new_branch(fork.branch_id, index, follows)
        strand.previous_event_id = self._write_iteration("Started", fork, index, follows)
        scene.turn(strand.branch.id, lambda: scene.enter(strand, first, document))

    def _join(self, fork_id: int) -> Decision:
        """Go on with what all branches have ended with."""
        scene, strand, fork = self._scene, self._scene.strand(fork_id), self._scene.known_fork(fork_id)
        outputs = scene.standing.items(fork_id) if fork.output_bytes <= MAX_BYTES else {}
        scene.drop_fork(fork_id)
        strand.previous_event_id = last = fork.previous_event_id
        if fork.output_bytes > MAX_BYTES:
            return strand.state.fail(scene.visit(strand), data_limit_exceeded(fork.state))
        joined = ",".join(outputs[index] for index in range(fork.length))
        strand.result = Document(f"[{joined}]")
        scene.write(strand, history.fork_succeeded(strand.state.type_name))
        decision = strand.state.succeed(scene.visit(strand), strand.result.value)
        if isinstance(decision, Proceed):
            strand.previous_event_id = last
        return decision

    def _answered(self, parent: Strand, answer: Decision) -> Decision:
        """Do what a state has answered to the failure of one of its branches."""
        final = answer.then if isinstance(answer, FailedEvaluation) else answer
        if isinstance(final, Failure):
            return answer
        self._abandon(parent.branch.id)
        if not isinstance(answer, RetryAfter):
            self._scene.write(parent, history.fork_failed(parent.state.type_name))
        return answer

    def _stumble(self, fork: Fork, decision: Decision) -> Decision:
        """Let a state fail, or handle its failure, that cannot say what the next branch begins with."""
        scene, strand = self._scene, self._scene.strand(fork.branch_id)
        strand.previous_event_id = fork.previous_event_id
        final = decision.then if isinstance(decision, FailedEvaluation) else decision
        if not isinstance(final, Failure) or final.error != RUNTIME:
            positions = scene.standing.positions(scene.execution.id)
            self._tell_of_cuts(fork, positions, fork.previous_event_id)
        if not isinstance(final, Failure):
            self._abandon(fork.branch_id)
        return decision

    def _abandon(self, fork_id: int) -> None:
        """Drop all branches of a fork, and theirs."""
        scene = self._scene
        scene.drop_fork(fork_id)
        within = {fork_id}
        for position in scene.standing.positions(scene.execution.id):
            # A branch has a higher number than the one that began it.
            if position.branch.parent_id in within:
                within.add(position.branch.id)
                if position.phase is Phase.FORKED:
                    scene.drop_fork(position.branch.id)
                scene.give_up(position.branch.id, position.awaited)
                scene.leave(position.branch.id)

    def _tell_of_failure(self, parent: Strand, failed: Strand) -> None:
        """Write what a failed branch means for the others, and for itself."""
        scene, last = self._scene, failed.previous_event_id
        fork = scene.known_fork(parent.branch.id)
        others = [
            position
            for position in scene.standing.positions(scene.execution.id)
            if position.branch.id != failed.branch.id
        ]
        self._tell_of_cuts(fork, others, last)
        self._write_iteration("Failed", fork, failed.branch.index, last)
        if failed.state.type_name == "Task":
            scene.chronicle.write(history.state_aborted("Task"), last)

    def _tell_of_cuts(self, fork: Fork, positions: Sequence[Position], last: int) -> None:
        """Write which branches of a fork are cut short, and where those stand."""
        scene = self._scene
        for position in _of(fork, positions):
            self._write_iteration("Aborted", fork, position.branch.index, last)
            if position.phase is Phase.FORKED:
                self._tell_of_cuts(scene.known_fork(position.branch.id), positions, last)
            type_name = scene.around.definition.states[position.state].type_name
            if type_name in _ABORTABLE:
                scene.chronicle.write(history.state_aborted(type_name), last)

    def _write_iteration(self, kind: str, fork: Fork, index: int, follows: int) -> int:
        """Write what becomes of an item of a Map; for a branch of a Parallel there is no such event."""
        scene = self._scene
        if scene.around.definition.states[fork.state].type_name != history.MAP:
            return follows
        return scene.chronicle.write(history.iteration(kind, fork.state, index), follows)


def _of(fork: Fork, positions: Iterable[Position]) -> Iterator[Position]:
    return (position for position in positions if position.branch.parent_id == fork.branch_id)


def _documents(strand: Strand, items: Sequence[Json]) -> list[Document]:
    """Write down what branches begin with; what they share is written once."""
    documents: list[Document] = []
    for item in items:
        shared = documents and documents[-1].value is item
        documents.append(documents[-1] if shared else strand.written(item))
    return documents
