"""The interpreter: moves an execution from rest to rest, by the decisions of its states.

It is pure: the trigger, the time and the randomness are passed in, and a `Turn` comes out.
A branch goes on until it rests, then the next one does.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from stepfunctions_local import language
from stepfunctions_local.engine.execution import history
from stepfunctions_local.engine.execution.active_branch import ActiveBranch
from stepfunctions_local.engine.execution.branching import Branching
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult, PlannedCall
from stepfunctions_local.engine.execution.context import ExecutionContext
from stepfunctions_local.engine.execution.distributing import Distributing
from stepfunctions_local.engine.execution.document import Document
from stepfunctions_local.engine.execution.execution import Awaited, Execution, Phase, Position, Status
from stepfunctions_local.engine.execution.history import HistoryFull
from stepfunctions_local.engine.execution.map_run import MapRun
from stepfunctions_local.engine.execution.mock import Mock, Mocks, load_mocks
from stepfunctions_local.engine.execution.state import ExecutionState
from stepfunctions_local.engine.execution.task_token import Attempt
from stepfunctions_local.engine.execution.turn import Turn
from stepfunctions_local.engine.execution.unit_of_work import Step, UnitOfWork
from stepfunctions_local.engine.execution.variables import dump_assigned, exceeds_assign_limit
from stepfunctions_local.language import (
    RUNTIME,
    Activity,
    Call,
    Decision,
    Distribute,
    FailedEvaluation,
    Failure,
    Fork,
    ForkingState,
    Item,
    Json,
    Proceed,
    RetryAfter,
    WaitUntil,
    build_data_limit_failure,
)
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.resource import Pattern
from stepfunctions_local.language.states.map import DistributedMap

if TYPE_CHECKING:
    from stepfunctions_local.language import Integration
    from stepfunctions_local.language.states.task import Task


class Interpreter:
    """Moves one execution, beginning with the branch at `position`. An instance serves for one turn."""

    def __init__(
        self,
        execution: Execution,
        context: ExecutionContext,
        state: ExecutionState,
        position: Position | None = None,
    ) -> None:
        self._execution = execution
        self._context = context
        self._position = position
        self._work = UnitOfWork(execution, context, state, position)
        self._branching = Branching(self._work)
        self._distributing = Distributing(self._work)
        self._mocks = load_mocks(execution.mocks) if execution.mocks else Mocks("", {})

    def begin(self) -> Turn:
        """Start the execution."""
        text, work, first = self._execution.input, self._work, self._context.definition.workflow.start_at
        event_id = work.history.write(history.execution_started(text, self._context.role_arn), 0)
        root = work.new_root(event_id)
        return self._run(root, lambda: work.enter(root, first, Document(text)))

    def wake(self) -> Turn:
        """Go on once the branch is due."""
        work, active = self._work, self._resume()
        if work.now >= work.deadline:
            return self._end_from_outside("TimedOut", Status.TIMED_OUT, Failure())
        return self._run(active, lambda: self._wake(active))

    def return_call(self, outcome: CallOutcome) -> Turn:
        """Go on with the outcome of the branch's call or job."""
        active = self._resume()
        if isinstance(outcome, Failure):
            return self.fail(outcome)
        if active.phase is Phase.CALLING and _task(active).outlives_its_call:
            return self._run(active, lambda: self._submit(active, outcome))
        return self.succeed(outcome.text)

    def succeed(self, output: str) -> Turn:
        """Go on with the result of the branch's work, JSON text."""
        active = self._resume()
        return self._run(active, lambda: self._succeed(active, Document(output)))

    def fail(self, failure: Failure) -> Turn:
        """Go on with the failure of the branch's work."""
        active = self._resume()
        return self._run(active, lambda: self._fail(active, failure))

    def end_map_run(self, run: MapRun, outcome: CallOutcome) -> Turn:
        """Go on with the outcome of the Map Run that the branch waits for."""
        active = self._resume()
        return self._run(active, lambda: self._distributing.end(active, run, outcome))

    def select_item(self, index: int, item: Item) -> "Json | Failure":
        """Return the part of a child's input that an item of the branch's Map Run is, or its failure."""
        return self._distributing.select(self._resume(), index, item)

    @property
    def job(self) -> tuple[str, Pattern] | None:
        """The job that the branch waits for, and the pattern by which it waits; None if it waits for none."""
        active = self._resume()
        awaited = active.awaited
        if active.phase is not Phase.AWAITING or awaited is None or awaited.job is None:
            return None
        return awaited.job, cast("Integration", _resource(active)).pattern

    def heartbeat(self) -> Turn:
        """Restart the heartbeat timeout: the Task is still being worked on. AWS has no event for that."""
        work, active = self._work, self._resume()
        if active.awaited and active.phase is Phase.AWAITING:
            work.rest(active, Phase.AWAITING, active.awaited.due(work.now))
        return work.finish()

    def assign(self, worker: str | None) -> Turn:
        """Give the offered Task to a worker, whose time begins."""
        active = self._resume()
        return self._run(active, partial(self._assign, active, worker))

    def start_call(self, planned: PlannedCall) -> Turn:
        """Start the branch's scheduled call: its turn has come."""
        active = self._resume()
        return self._run(active, partial(self._start_call, active, planned))

    def repeat(self) -> PlannedCall | Turn:
        """Return the call that was in flight or scheduled, to be repeated. AWS has no event for that.

        If the state now decides otherwise, perhaps by a random number, return the turn of that decision.
        """
        active = self._resume()
        decision = active.state.enter(self._work.visit(active))
        if isinstance(decision, Call):
            return replace(self._plan_call(active, decision), started=active.phase is Phase.CALLING)
        return self._run(active, lambda: decision)

    def redrive(self) -> Turn:
        """Go on in the states in which the branches were halted."""
        work, last = self._work, self._work.history.last_event_id
        redriven = work.history.write(history.execution_redriven(self._execution.redrives), last)
        positions = work.state.positions(self._execution.id)
        for position in sorted(positions, key=lambda each: (each.phase is not Phase.FORKED, -each.branch.id)):
            active = work.resume(replace(position, retries=(), awaited=None))
            active.previous_event_id = redriven
            forked = position.phase is Phase.FORKED
            due = work.deadline if forked else work.now
            work.rest(active, Phase.FORKED if forked else Phase.READY, due)
            work.queue_step(active.branch.id, partial(self._go_on_after_redrive, active))
        return self._move()

    def abort(self, failure: Failure) -> Turn:
        """End the execution on request."""
        return self._end_from_outside("Aborted", Status.ABORTED, failure)

    def fail_execution(self, failure: Failure) -> Turn:
        """End the execution as failed, since it cannot go on. The changes of this turn are discarded."""
        self._work.discard_changes()
        self._work.fail("Failed", Status.FAILED, failure, self._work.history.last_event_id)
        return self._work.finish()

    def _resume(self) -> ActiveBranch:
        return self._work.resume(cast("Position", self._position))

    def _run(self, active: ActiveBranch, step: Step) -> Turn:
        self._work.queue_step(active.branch.id, step)
        return self._move()

    def _move(self) -> Turn:
        work = self._work
        try:
            while work.steps and work.end is None:
                branch_id, step = work.steps.popleft()
                if not work.has_ended(branch_id):
                    self._take_step(branch_id, step)
        except HistoryFull:
            cause = f"The execution reached the maximum number of history events ({history.MAX_EVENTS})."
            return self.fail_execution(Failure(RUNTIME, cause))
        return work.finish()

    def _take_step(self, branch_id: int, step: Step) -> None:
        decision = step()
        while decision is not None:
            decision = self._follow(self._work.active_branch(branch_id), decision)

    def _follow(self, active: ActiveBranch, decision: Decision) -> Decision | None:
        match decision:
            case Proceed():
                return self._proceed(active, decision)
            case FailedEvaluation():
                return self._record_failed_evaluation(active, decision)
            case Call():
                return self._call(active, decision)
            case Fork() | Distribute():
                return self._begin_branches(active, decision)
            case WaitUntil():
                return self._wait(active, self._scale(decision.due))
            case RetryAfter():
                self._retry(active, decision)
            case Failure():
                self._branching.fail(active, decision)
        return None

    def _begin_branches(self, active: ActiveBranch, decision: Fork | Distribute) -> Decision | None:
        if isinstance(decision, Fork):
            return self._branching.fork(active, decision)
        return self._distributing.begin(active, decision)

    def _wake(self, active: ActiveBranch) -> Decision | None:
        work, visit = self._work, self._work.visit
        match active.phase:
            case Phase.WAITING:
                return active.state.wake(visit(active))
            case Phase.FORKED:
                work.rest(active, Phase.FORKED, work.deadline)
                return self._branching.begin(active.branch.id)
            case Phase.DISTRIBUTED:
                work.rest(active, Phase.DISTRIBUTED, work.deadline)
                return None
            case Phase.AWAITING:
                return self._fail(active, cast("Awaited", active.awaited).failure(work.now))
        return active.state.enter(visit(active))

    def _go_on_after_redrive(self, active: ActiveBranch) -> Decision | None:
        """Go on in the state in which a branch was halted."""
        if active.phase is Phase.FORKED:
            return self._branching.begin(active.branch.id)
        if isinstance(active.state, DistributedMap) and self._distributing.redrive(active):
            return None
        decision = active.state.enter(self._work.visit(active))
        if not isinstance(decision, Failure):
            # The state's next event follows its entry; only a failure at once follows ExecutionRedriven.
            active.previous_event_id = active.entered_event_id
        return decision

    def _proceed(self, active: ActiveBranch, decision: Proceed) -> Decision | None:
        name, output = active.state.name, active.to_document(decision.output)
        texts = dump_assigned(decision.assigned)
        variables = active.variables.with_assigned(decision.assigned) if texts else active.variables
        if output.is_too_large or (texts and (exceeds_assign_limit(texts) or variables.are_too_large)):
            return build_data_limit_failure(name)
        exited = history.state_exited(active.state.type_name, name, output.text, texts)
        self._work.write(active, exited)
        if texts:
            self._work.assign(active, variables)
        if decision.next is None:
            self._end_branch(active, output)
            return None
        return self._enter_next(active, decision.next, output)

    def _enter_next(self, active: ActiveBranch, target: str, output: Document) -> Decision | None:
        if not self._context.deleting:
            return self._work.enter(active, target, output)
        name = self._context.state_machine_arn.rpartition(":")[2]
        failure = Failure(RUNTIME, f"State machine {name} has been deleted.")
        self._work.fail("Failed", Status.FAILED, failure, active.previous_event_id)
        return None

    def _end_branch(self, active: ActiveBranch, output: Document) -> None:
        """End a branch with its output. The root's end is the execution's."""
        if active.branch.parent_id is None:
            self._work.succeed(output, active.previous_event_id)
        else:
            self._branching.end(active, output)

    def _wait(self, active: ActiveBranch, due: datetime) -> Decision | None:
        if due <= self._work.now:
            return active.state.wake(self._work.visit(active))
        self._work.rest(active, Phase.WAITING, due)
        return None

    def _retry(self, active: ActiveBranch, retry: RetryAfter) -> None:
        active.retries = retry.retries
        self._work.rest(active, Phase.RETRYING, self._work.now + timedelta(seconds=retry.seconds))

    def _call(self, active: ActiveBranch, call: Call) -> Decision | None:
        work, parameters = self._work, Document.of(call.parameters)
        if parameters.is_too_large:
            return active.state.fail(work.visit(active), build_data_limit_failure(active.state.name))
        mock = self._mocks.by_state.get(active.state.name)
        activity = call.resource if isinstance(call.resource, Activity) else None
        if activity and not (mock or self._context.has_activity(activity.arn)):
            return self._fail_without_activity(active, activity)
        work.write(active, self._task_events(active).scheduled(parameters.text, call))
        if mock:
            return self._respond(active, mock)
        if activity:
            self._offer(active, call, activity)
        else:
            self._schedule(active, call)
        return None

    def _schedule(self, active: ActiveBranch, call: Call) -> None:
        """Start a call, or let it wait until there is room."""
        work = self._work
        planned = self._plan_call(active, call)
        before = [each.target for each in work.calls.values() if each.started]
        if self._context.has_room(planned.target, before):
            self._start_call(active, planned)
            return
        work.rest(active, Phase.SCHEDULED, work.deadline)
        work.calls[active.branch.id] = replace(planned, started=False)

    def _respond(self, active: ActiveBranch, mock: Mock) -> Decision | None:
        """Go on at once with a mocked response. Without one for this invocation, the execution fails."""
        work, name = self._work, active.state.name
        work.write(active, self._task_events(active).started())
        invocation = work.count_invocation(name)
        outcome = mock.find(invocation)
        if isinstance(outcome, CallResult):
            return self._succeed(active, Document(outcome.text))
        if outcome:
            return self._fail(active, outcome)
        absence = EvaluationFailed(mock.describe_absence(invocation, self._mocks.test_case))
        failure = absence.to_failure(name, active.entered_event_id)
        work.fail("Failed", Status.FAILED, failure, active.previous_event_id)
        return None

    def _fail_without_activity(self, active: ActiveBranch, activity: Activity) -> Decision:
        # As recorded on AWS, nothing is scheduled then.
        reason = f"The activity {activity.arn} does not exist."
        failure = EvaluationFailed(reason).to_failure(active.state.name, active.entered_event_id)
        return active.state.fail(self._work.visit(active), failure)

    def _offer(self, active: ActiveBranch, call: Call, activity: Activity) -> None:
        """Wait for a worker of an activity."""
        active.awaited = Awaited(
            heartbeat_seconds=call.heartbeat_seconds,
            activity=activity.arn,
            timeout_seconds=call.timeout_seconds,
        )
        self._work.rest(active, Phase.OFFERED, self._work.deadline)

    def _assign(self, active: ActiveBranch, worker: str | None) -> None:
        work, events = self._work, cast("history.ActivityEvents", self._task_events(active))
        work.write(active, events.started(worker))
        active.awaited = awaited = cast("Awaited", active.awaited).start(work.now)
        work.rest(active, Phase.AWAITING, awaited.due(work.now))

    def _start_call(self, active: ActiveBranch, planned: PlannedCall) -> None:
        """Write that a call starts, which is when its timeout begins."""
        work = self._work
        work.write(active, self._task_events(active).started())
        active.awaited = self._build_awaited(planned.call) if _task(active).outlives_its_call else None
        work.rest(active, Phase.CALLING, work.deadline)
        work.calls[active.branch.id] = replace(planned, started=True)

    def _build_awaited(self, call: Call) -> Awaited:
        limit = call.timeout_seconds
        until = None if limit is None else self._work.now + timedelta(seconds=limit)
        return Awaited(until, call.heartbeat_seconds)

    def _plan_call(self, active: ActiveBranch, call: Call) -> PlannedCall:
        context, attempt = self._context, Attempt.at(active, self._execution.redrives)
        return PlannedCall(call, Caller(context.execution_arn, context.state_machine_arn, str(attempt)))

    def _submit(self, active: ActiveBranch, result: CallResult) -> Decision | None:
        """Wait on, for the callback or job that the call began."""
        work, output = self._work, Document(result.text)
        events = cast("history.IntegrationEvents", self._task_events(active))
        if output.is_too_large:
            return self._fail(active, build_data_limit_failure(_resource(active).arn))
        work.write(active, events.submitted(output.text))
        job = None if _task(active).waits_for_token else result.job
        active.awaited = awaited = replace(active.awaited or Awaited(), job=job)
        work.rest(active, Phase.AWAITING, awaited.due(work.now))
        return None

    def _record_failed_evaluation(self, active: ActiveBranch, failed: FailedEvaluation) -> Decision:
        # As recorded on AWS, this event follows the same event as the one before it does.
        self._work.write(
            active,
            history.evaluation_failed(failed.failure, failed.location, active.state.name),
            active.followed_event_id,
        )
        if isinstance(active.state, ForkingState) and isinstance(failed.then, Proceed):
            self._work.write(active, history.fork_failed(active.state.type_name))
        return failed.then

    def _succeed(self, active: ActiveBranch, result: Document) -> Decision:
        active.awaited = None
        if result.is_too_large:
            return self._fail(active, build_data_limit_failure(_resource(active).arn))
        self._work.write(active, self._task_events(active).succeeded(result.text))
        return active.state.succeed(self._work.visit(active), result.value)

    def _fail(self, active: ActiveBranch, failure: Failure) -> Decision:
        active.awaited = None
        events = self._task_events(active)
        new_event = events.timed_out if failure.error == "States.Timeout" else events.failed
        self._work.write(active, new_event(failure))
        return active.state.fail(self._work.visit(active), failure)

    def _end_from_outside(self, kind: str, status: Status, failure: Failure) -> Turn:
        # As recorded on AWS, such an end follows no event, and a timeout has no error.
        self._work.fail(kind, status, failure, 0)
        return self._work.finish()

    def _scale(self, due: datetime) -> datetime:
        now, scale = self._context.now, self._context.wait_time_scale
        if scale == 1 or due <= now:
            return due
        try:
            return now + (due - now) * scale
        except OverflowError:
            return self._work.deadline

    def _task_events(self, active: ActiveBranch) -> history.TaskEvents:
        return history.task_events(_resource(active), self._context.region)


def _task(active: ActiveBranch) -> "Task":
    return cast("Task", active.state)


def _resource(active: ActiveBranch) -> language.Resource:
    return _task(active).resource
