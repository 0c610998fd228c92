"""One execution moving from rest to rest: asks its states what to do and writes the history.

Pure: what moves it, the time and the dice are passed in; what happened comes out as a `Burst`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from stepfunctions_local import language
from stepfunctions_local.engine import history
from stepfunctions_local.engine.burst import Burst, End
from stepfunctions_local.engine.context_object import context_object
from stepfunctions_local.engine.document import Document
from stepfunctions_local.engine.execution import MAX_LIFE, Execution, Phase, Position, Status
from stepfunctions_local.engine.surroundings import Surroundings
from stepfunctions_local.engine.tasks import Caller, PlannedCall
from stepfunctions_local.engine.variables import Variables, assigned_texts, is_too_much
from stepfunctions_local.language import (
    Call,
    Decision,
    FailedEvaluation,
    Failure,
    Proceed,
    RetryAfter,
    Visit,
    WaitUntil,
)

if TYPE_CHECKING:
    from stepfunctions_local.language.states.task import Task

MAX_BURST_EVENTS = 200
"""After so many events at a stretch an execution lets others go first."""


class HistoryFull(Exception):
    """The execution has as many events as it may have; raised and caught in this module."""


class Flow:
    """Moves one execution. An instance serves for one burst."""

    _position: Position
    _document: Document
    _state: language.State
    _context: dict[str, language.Json] | None

    def __init__(self, execution: Execution, around: Surroundings, position: Position | None = None) -> None:
        self._execution = execution
        self._around = around
        self._events: list[history.Event] = []
        self._timestamp = around.now.timestamp()
        self._deadline = _deadline(execution, around.definition)
        self._last_event_id = 0
        self._previous_event_id = 0
        self._variables = Variables.stored(position.variables if position else None)
        if position:
            self._stand(position, Document(position.input))

    def begin(self) -> Burst:
        """Start the execution."""
        self._write(history.execution_started(self._execution.input, self._around.role_arn))
        return self._run(
            lambda: self._enter(self._around.definition.start_at, Document(self._execution.input))
        )

    def wake(self) -> Burst:
        """Go on once the position is due."""
        if self._around.now >= self._deadline:
            return self._end("TimedOut", Status.TIMED_OUT, Failure("States.Timeout"))
        step = self._state.wake if self._position.phase is Phase.WAITING else self._state.enter
        return self._run(lambda: step(self._visit()))

    def succeed(self, result: str) -> Burst:
        """Go on with the result of the call in flight, JSON text."""
        return self._run(lambda: self._take(Document(result)))

    def fail(self, failure: Failure) -> Burst:
        """Go on with the failure of the call in flight."""
        return self._run(lambda: self._miss(failure))

    def repeat(self) -> PlannedCall | Burst:
        """Return the call that was in flight, to be made again. Nothing is written: AWS has no event for it.

        Where the state now decides otherwise (it may have asked for a random number) the execution goes on
        with that.
        """
        decision = self._state.enter(self._visit())
        return self._planned(decision) if isinstance(decision, Call) else self._run(lambda: decision)

    def redrive(self) -> Burst:
        """Go on in the state in which the execution ended without success."""
        self._write(history.execution_redriven(self._execution.redrives))
        return self._run(self._enter_again)

    def abort(self, failure: Failure) -> Burst:
        """End the execution because somebody asks for it."""
        return self._end("Aborted", Status.ABORTED, failure)

    def break_off(self, cause: str) -> Burst:
        """End the execution because it cannot go on here."""
        return self._end("Failed", Status.FAILED, Failure("States.Runtime", cause))

    def _run(self, first: Callable[[], Decision | Burst]) -> Burst:
        try:
            step = first()
            while not isinstance(step, Burst):
                step = self._follow(step)
        except HistoryFull:
            return self._overflow()
        return step

    def _follow(self, decision: Decision) -> Decision | Burst:
        match decision:
            case Proceed():
                return self._proceed(decision)
            case WaitUntil():
                return self._wait(self._scaled(decision.due))
            case RetryAfter():
                self._position = replace(self._position, retries=decision.retries)
                return self._rest(Phase.RETRYING, self._around.now + timedelta(seconds=decision.seconds))
            case Call():
                return self._call(decision)
            case Failure():
                return self._end("Failed", Status.FAILED, decision)
            case FailedEvaluation():
                return self._note(decision)

    def _enter(self, name: str, document: Document) -> Decision | Burst:
        state = self._around.definition.states[name]
        event_id = self._write(history.state_entered(state.type_name, name, document.text))
        now = self._around.now
        position = Position(
            self._execution.id,
            name,
            document.text,
            event_id,
            now,
            event_id,
            event_id,
            Phase.READY,
            now,
            variables=self._variables.text,
        )
        self._stand(position, document)
        if len(self._events) >= MAX_BURST_EVENTS:
            return self._rest(Phase.READY, now)
        return state.enter(self._visit())

    def _enter_again(self) -> Decision:
        decision = self._state.enter(self._visit())
        if not isinstance(decision, Failure):
            # What the state does now follows its one entry; a failure at once follows ExecutionRedriven.
            self._previous_event_id = self._position.entered_event_id
        return decision

    def _proceed(self, decision: Proceed) -> Decision | Burst:
        unchanged = decision.output is self._document.value
        output = self._document if unchanged else Document.of(decision.output)
        if output.is_too_large:
            return _too_large(self._position.state)
        texts = assigned_texts(decision.assigned)
        variables = self._variables.with_assigned(decision.assigned) if texts else self._variables
        if texts and (is_too_much(texts) or variables.are_too_large):
            return _too_large(self._position.state)
        self._write(history.state_exited(self._state.type_name, self._position.state, output.text, texts))
        self._variables = variables
        if decision.next is None:
            self._write(history.execution_succeeded(output.text))
            return Burst(self._events, End(Status.SUCCEEDED, self._around.now, output.text))
        if self._around.deleting:
            name = self._around.state_machine_arn.rpartition(":")[2]
            return self.break_off(f"State machine {name} has been deleted.")
        return self._enter(decision.next, output)

    def _wait(self, due: datetime) -> Decision | Burst:
        over = due <= self._around.now
        return self._state.wake(self._visit()) if over else self._rest(Phase.WAITING, due)

    def _call(self, call: Call) -> Decision | Burst:
        parameters = Document.of(call.parameters)
        if parameters.is_too_large:
            return self._state.fail(self._visit(), _too_large(self._position.state))
        self._write(self._task_events.scheduled(parameters.text, call.timeout_seconds))
        self._write(self._task_events.started())
        burst = self._rest(Phase.CALLING, self._deadline)
        return replace(burst, call=self._planned(call))

    def _planned(self, call: Call) -> PlannedCall:
        around, position = self._around, self._position
        attempt = f"{position.entered_event_id}/{sum(position.retries)}"
        return PlannedCall(call, Caller(around.execution_arn, around.state_machine_arn, attempt))

    def _note(self, failed: FailedEvaluation) -> Decision:
        happening = history.evaluation_failed(failed.failure, failed.location, self._position.state)
        # As recorded on AWS, it follows not the event before it but what that one follows.
        self._write(happening, self._events[-1]["previousEventId"] if self._events else None)
        return failed.then

    def _take(self, result: Document) -> Decision:
        if result.is_too_large:
            return self._miss(_too_large(self._resource.arn))
        self._write(self._task_events.succeeded(result.text))
        return self._state.succeed(self._visit(), result.value)

    def _miss(self, failure: Failure) -> Decision:
        timed_out = failure.error == "States.Timeout"
        happening = self._task_events.timed_out if timed_out else self._task_events.failed
        self._write(happening(failure))
        return self._state.fail(self._visit(), failure)

    def _rest(self, phase: Phase, until: datetime) -> Burst:
        position = replace(
            self._position,
            last_event_id=self._last_event_id,
            previous_event_id=self._previous_event_id,
            phase=phase,
            due=min(until, self._deadline),
        )
        return Burst(self._events, position)

    def _end(self, kind: str, status: Status, failure: Failure) -> Burst:
        self._append(history.execution_ended(kind, failure))
        return Burst(self._events, End(status, self._around.now, failure=failure, halted=self._halted()))

    def _halted(self) -> Position | None:
        """Return where the execution stands for a redrive, which gives the state all its attempts again."""
        if not hasattr(self, "_position"):
            return None
        last = self._last_event_id
        return replace(
            self._position,
            last_event_id=last,
            previous_event_id=last,
            phase=Phase.READY,
            due=self._around.now,
            retries=(),
        )

    def _overflow(self) -> Burst:
        cause = f"The execution reached the maximum number of history events ({history.MAX_EVENTS})."
        return self.break_off(cause)

    def _write(self, happening: history.Happening, previous: int | None = None) -> int:
        if self._last_event_id >= history.MAX_EVENTS - 1:
            raise HistoryFull
        return self._append(happening, previous)

    def _append(self, happening: history.Happening, previous: int | None = None) -> int:
        if previous is None:
            previous = self._previous_event_id if self._previous_event_id > 1 else 0
        self._previous_event_id = self._last_event_id = event_id = self._last_event_id + 1
        self._events.append(history.event(happening, event_id, previous, self._timestamp))
        return event_id

    def _stand(self, position: Position, document: Document) -> None:
        self._position = position
        self._context = None
        self._document = document
        self._state = self._around.definition.states[position.state]
        self._last_event_id = position.last_event_id
        self._previous_event_id = position.previous_event_id

    def _visit(self) -> Visit:
        return Visit(
            input=self._document.value,
            context=self._context_object,
            entered_event_id=self._position.entered_event_id,
            now=self._around.now,
            retries=self._position.retries,
            random=self._around.random,
            variables=self._variables.values,
        )

    def _context_object(self) -> dict[str, language.Json]:
        if self._context is None:
            self._context = context_object(self._execution, self._position, self._around)
        return self._context

    def _scaled(self, due: datetime) -> datetime:
        now, scale = self._around.now, self._around.wait_time_scale
        if scale == 1 or due <= now:
            return due
        try:
            return now + (due - now) * scale
        except OverflowError:
            return self._deadline

    @property
    def _task_events(self) -> history.TaskEvents:
        return history.task_events(self._resource, self._around.region)

    @property
    def _resource(self) -> language.Resource:
        return cast("Task", self._state).resource


def _deadline(execution: Execution, definition: language.StateMachine) -> datetime:
    """Return when the execution's time is over: a redrive renews its machine's time, but not its life."""
    end, seconds = execution.started + MAX_LIFE, definition.timeout_seconds
    return (
        end
        if seconds is None
        else min(end, (execution.redriven or execution.started) + timedelta(seconds=seconds))
    )


def _too_large(name: str) -> Failure:
    cause = (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
    return Failure("States.DataLimitExceeded", cause)
