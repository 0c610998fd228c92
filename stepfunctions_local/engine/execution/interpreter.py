"""An execution moving from rest to rest: asks its states what to do and writes the history.

Pure: what moves it, the time and the dice are passed in; what happened comes out as a `Burst`. A branch goes
on until it rests, then the next one does.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import Strand
from stepfunctions_local.engine.execution.branching import Branching
from stepfunctions_local.engine.execution.call import Caller, Outcome, PlannedCall, Result
from stepfunctions_local.engine.execution.context import Surroundings
from stepfunctions_local.engine.execution.document import Document, data_limit_exceeded
from stepfunctions_local.engine.execution.execution import Awaited, Execution, Phase, Position, Status
from stepfunctions_local.engine.execution.history import HistoryFull
from stepfunctions_local.engine.execution.state import Standing
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.engine.execution.turn import Burst
from stepfunctions_local.engine.execution.unit_of_work import Scene, Step
from stepfunctions_local.engine.execution.variables import assigned_texts, is_too_much
from stepfunctions_local.language import (
    RUNTIME,
    Call,
    Decision,
    FailedEvaluation,
    Failure,
    Fork,
    ForkingState,
    Proceed,
    RetryAfter,
    WaitUntil,
)
from stepfunctions_local.language.resource import Pattern

if TYPE_CHECKING:
    from stepfunctions_local.language import Integration
    from stepfunctions_local.language.states.task import Task


class Flow:
    """Moves one execution, first the branch that stands at `position`. An instance serves for one burst."""

    def __init__(
        self,
        execution: Execution,
        around: Surroundings,
        standing: Standing,
        position: Position | None = None,
    ) -> None:
        self._execution = execution
        self._around = around
        self._position = position
        self._scene = Scene(execution, around, standing, position)
        self._branching = Branching(self._scene)

    def begin(self) -> Burst:
        """Start the execution."""
        text, scene, first = self._execution.input, self._scene, self._around.definition.workflow.start_at
        event_id = scene.chronicle.write(history.execution_started(text, self._around.role_arn), 0)
        root = scene.new_root(event_id)
        return self._run(root, lambda: scene.enter(root, first, Document(text)))

    def wake(self) -> Burst:
        """Go on once the branch is due."""
        scene, strand = self._scene, self._strand
        if scene.now >= scene.deadline:
            return self._end("TimedOut", Status.TIMED_OUT, Failure("States.Timeout"))
        return self._run(strand, lambda: self._wake(strand))

    def return_call(self, outcome: Outcome) -> Burst:
        """Go on with what the branch's call came back with, or its job."""
        strand = self._strand
        if isinstance(outcome, Failure):
            return self.fail(outcome)
        if strand.phase is Phase.CALLING and _task(strand).outlives_its_call:
            return self._run(strand, lambda: self._submit(strand, outcome))
        return self.succeed(outcome.text)

    def succeed(self, output: str) -> Burst:
        """Go on with the result of the branch's work, JSON text."""
        strand = self._strand
        return self._run(strand, lambda: self._take(strand, Document(output)))

    def fail(self, failure: Failure) -> Burst:
        """Go on with the failure of the branch's work."""
        strand = self._strand
        return self._run(strand, lambda: self._miss(strand, failure))

    @property
    def job(self) -> tuple[str, Pattern] | None:
        """The job that the branch waits for, and how it is waited for; nothing where it waits for none."""
        strand = self._strand
        awaited = strand.awaited
        if strand.phase is not Phase.AWAITING or awaited is None or awaited.job is None:
            return None
        return awaited.job, cast("Integration", _resource(strand)).pattern

    def hear(self) -> Burst:
        """Wait on from now, as whoever has the token is at work. AWS has no event for that."""
        scene, strand = self._scene, self._strand
        if strand.awaited and strand.phase is Phase.AWAITING:
            scene.rest(strand, Phase.AWAITING, strand.awaited.due(scene.now))
        return scene.burst

    def repeat(self) -> PlannedCall | Burst:
        """Return the call that was in flight, to be made again. Nothing is written: AWS has no event for it.

        Where the state now decides otherwise (it may have asked for a random number) the branch goes on with
        that.
        """
        strand = self._strand
        decision = strand.state.enter(self._scene.visit(strand))
        if isinstance(decision, Call):
            return self._planned(strand, decision)
        return self._run(strand, lambda: decision)

    def redrive(self) -> Burst:
        """Go on in the states in which the branches were when the execution ended without success."""
        scene, last = self._scene, self._scene.chronicle.last_event_id
        redriven = scene.chronicle.write(history.execution_redriven(self._execution.redrives), last)
        positions = scene.standing.positions(self._execution.id)
        for position in sorted(positions, key=lambda each: (each.phase is not Phase.FORKED, -each.branch.id)):
            strand = scene.resume(replace(position, retries=(), awaited=None))
            strand.previous_event_id = redriven
            forked = position.phase is Phase.FORKED
            due = scene.deadline if forked else scene.now
            scene.rest(strand, Phase.FORKED if forked else Phase.READY, due)
            scene.turn(strand.branch.id, partial(self._go_on, strand))
        return self._move()

    def abort(self, failure: Failure) -> Burst:
        """End the execution because somebody asks for it."""
        return self._end("Aborted", Status.ABORTED, failure)

    def break_off(self, cause: str) -> Burst:
        """End the execution because it cannot go on here."""
        self._scene.undo()
        return self._end("Failed", Status.FAILED, Failure(RUNTIME, cause))

    @property
    def _strand(self) -> Strand:
        return self._scene.resume(cast("Position", self._position))

    def _run(self, strand: Strand, step: Step) -> Burst:
        self._scene.turn(strand.branch.id, step)
        return self._move()

    def _move(self) -> Burst:
        scene = self._scene
        try:
            while scene.turns and scene.end is None:
                branch_id, step = scene.turns.popleft()
                if not scene.has_left(branch_id):
                    self._take_turn(branch_id, step)
        except HistoryFull:
            cause = f"The execution reached the maximum number of history events ({history.MAX_EVENTS})."
            return self.break_off(cause)
        return scene.burst

    def _take_turn(self, branch_id: int, step: Step) -> None:
        decision = step()
        while decision is not None:
            decision = self._follow(self._scene.strand(branch_id), decision)

    def _follow(self, strand: Strand, decision: Decision) -> Decision | None:
        match decision:
            case Proceed():
                return self._proceed(strand, decision)
            case FailedEvaluation():
                return self._note(strand, decision)
            case Call():
                return self._call(strand, decision)
            case Fork():
                return self._branching.fork(strand, decision)
            case WaitUntil():
                return self._wait(strand, self._scaled(decision.due))
            case RetryAfter():
                self._retry(strand, decision)
            case Failure():
                self._branching.fail(strand, decision)
        return None

    def _wake(self, strand: Strand) -> Decision | None:
        scene, visit = self._scene, self._scene.visit
        match strand.phase:
            case Phase.WAITING:
                return strand.state.wake(visit(strand))
            case Phase.FORKED:
                scene.rest(strand, Phase.FORKED, scene.deadline)
                return self._branching.begin(strand.branch.id)
            case Phase.AWAITING:
                return self._miss(strand, cast("Awaited", strand.awaited).failure(scene.now))
        return strand.state.enter(visit(strand))

    def _go_on(self, strand: Strand) -> Decision | None:
        """Go on after a redrive."""
        if strand.phase is Phase.FORKED:
            return self._branching.begin(strand.branch.id)
        decision = strand.state.enter(self._scene.visit(strand))
        if not isinstance(decision, Failure):
            # What the state does now follows its one entry; a failure at once follows ExecutionRedriven.
            strand.previous_event_id = strand.entered_event_id
        return decision

    def _proceed(self, strand: Strand, decision: Proceed) -> Decision | None:
        name, output = strand.state.name, strand.written(decision.output)
        texts = assigned_texts(decision.assigned)
        variables = strand.variables.with_assigned(decision.assigned) if texts else strand.variables
        if output.is_too_large or (texts and (is_too_much(texts) or variables.are_too_large)):
            return data_limit_exceeded(name)
        exited = history.state_exited(strand.state.type_name, name, output.text, texts)
        self._scene.write(strand, exited)
        strand.variables = variables
        if decision.next is None:
            self._conclude(strand, output)
            return None
        return self._pass_on(strand, decision.next, output)

    def _pass_on(self, strand: Strand, target: str, output: Document) -> Decision | None:
        if not self._around.deleting:
            return self._scene.enter(strand, target, output)
        name = self._around.state_machine_arn.rpartition(":")[2]
        failure = Failure(RUNTIME, f"State machine {name} has been deleted.")
        self._scene.fail("Failed", Status.FAILED, failure, strand.previous_event_id)
        return None

    def _conclude(self, strand: Strand, output: Document) -> None:
        """Let a branch end with its output, and the execution with that of its root."""
        if strand.branch.parent_id is None:
            self._scene.succeed(output, strand.previous_event_id)
        else:
            self._branching.end(strand, output)

    def _wait(self, strand: Strand, due: datetime) -> Decision | None:
        if due <= self._scene.now:
            return strand.state.wake(self._scene.visit(strand))
        self._scene.rest(strand, Phase.WAITING, due)
        return None

    def _retry(self, strand: Strand, again: RetryAfter) -> None:
        strand.retries = again.retries
        self._scene.rest(strand, Phase.RETRYING, self._scene.now + timedelta(seconds=again.seconds))

    def _call(self, strand: Strand, call: Call) -> Decision | None:
        scene, events = self._scene, self._task_events(strand)
        parameters = Document.of(call.parameters)
        if parameters.is_too_large:
            return strand.state.fail(scene.visit(strand), data_limit_exceeded(strand.state.name))
        scene.write(strand, events.scheduled(parameters.text, call))
        scene.write(strand, events.started())
        strand.awaited = self._awaited(call) if _task(strand).outlives_its_call else None
        scene.rest(strand, Phase.CALLING, scene.deadline)
        scene.calls[strand.branch.id] = self._planned(strand, call)
        return None

    def _awaited(self, call: Call) -> Awaited:
        limit = call.timeout_seconds
        until = None if limit is None else self._scene.now + timedelta(seconds=limit)
        return Awaited(until, call.heartbeat_seconds)

    def _planned(self, strand: Strand, call: Call) -> PlannedCall:
        around, attempt = self._around, Attempt.at(strand, self._execution.redrives)
        return PlannedCall(call, Caller(around.execution_arn, around.state_machine_arn, str(attempt)))

    def _submit(self, strand: Strand, result: Result) -> Decision | None:
        """Wait on for what the call has begun."""
        scene, output = self._scene, Document(result.text)
        events = cast("history.IntegrationEvents", self._task_events(strand))
        if output.is_too_large:
            return self._miss(strand, data_limit_exceeded(_resource(strand).arn))
        scene.write(strand, events.submitted(output.text))
        job = None if _task(strand).waits_for_token else result.job
        strand.awaited = awaited = replace(strand.awaited or Awaited(), job=job)
        scene.rest(strand, Phase.AWAITING, awaited.due(scene.now))
        return None

    def _note(self, strand: Strand, failed: FailedEvaluation) -> Decision:
        # As recorded on AWS, it follows not the event before it but what that one follows.
        self._scene.write(
            strand,
            history.evaluation_failed(failed.failure, failed.location, strand.state.name),
            strand.followed_event_id,
        )
        if isinstance(strand.state, ForkingState) and isinstance(failed.then, Proceed):
            self._scene.write(strand, history.fork_failed(strand.state.type_name))
        return failed.then

    def _take(self, strand: Strand, result: Document) -> Decision:
        strand.awaited = None
        if result.is_too_large:
            return self._miss(strand, data_limit_exceeded(_resource(strand).arn))
        self._scene.write(strand, self._task_events(strand).succeeded(result.text))
        return strand.state.succeed(self._scene.visit(strand), result.value)

    def _miss(self, strand: Strand, failure: Failure) -> Decision:
        strand.awaited = None
        events = self._task_events(strand)
        happening = events.timed_out if failure.error == "States.Timeout" else events.failed
        self._scene.write(strand, happening(failure))
        return strand.state.fail(self._scene.visit(strand), failure)

    def _end(self, kind: str, status: Status, failure: Failure) -> Burst:
        self._scene.fail(kind, status, failure, self._scene.chronicle.last_event_id)
        return self._scene.burst

    def _scaled(self, due: datetime) -> datetime:
        now, scale = self._around.now, self._around.wait_time_scale
        if scale == 1 or due <= now:
            return due
        try:
            return now + (due - now) * scale
        except OverflowError:
            return self._scene.deadline

    def _task_events(self, strand: Strand) -> history.TaskEvents:
        return history.task_events(_resource(strand), self._around.region)


def _task(strand: Strand) -> "Task":
    return cast("Task", strand.state)


def _resource(strand: Strand) -> language.Resource:
    return _task(strand).resource
