"""Cancels, reschedules, moves and replaces tasks whose function was not called, and redrives failed ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from delay._due import due_time, validate_form
from delay._payload import Payload
from delay.clock import Clock
from delay.errors import DuplicateKey, InvalidDueTime, InvalidKey, KeyUsedUp, NotRedrivable, TooLate
from delay.executions.execution import Execution, Stop, require_scheduled
from delay.executions.generation import MAX_GENERATION, MAX_KEY, RETENTION
from delay.executions.generations import PAUSES_SECONDS, Generations, LiveGeneration, build_contended
from delay.executions.scheduling import PreparedRequest, Scheduler
from delay.executions.service import StepFunctions
from delay.request import Change
from delay.task import ScheduledTask, Status, Task
from delay.text.moment import format_moment

RESCHEDULE_WINDOW: Final = RETENTION - timedelta(days=1)
"""How long after its first generation was stopped a key can be relied on. The day left is for the call."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The payload and the due time of the generation that follows the live one, as in PreparedRequest."""

    payload: Payload
    due: datetime
    is_delay: bool


_MakePlan: TypeAlias = Callable[[LiveGeneration], _Plan]


class Changes:
    """Changes to tasks."""

    def __init__(
        self, service: StepFunctions, generations: Generations, scheduler: Scheduler, clock: Clock
    ) -> None:
        self._service = service
        self._generations = generations
        self._scheduler = scheduler
        self._clock = clock

    def cancel(self, key: str) -> Task:
        """Stop the live generation, then check that it was stopped in time."""
        for pause_seconds in PAUSES_SECONDS:
            live = self._generations.find_live(key)
            task = live.to_task(self._clock.now())
            if task.status is Status.CANCELLED:
                return task
            if live.owns_key:
                raise _build_too_late("cancelled", task)
            self._service.stop(live.execution.generation, Stop.CANCELLED, "Cancelled before it was due.")
            self._clock.sleep(pause_seconds)
        raise build_contended(key)

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Move a task to another due time. Its payload stays."""
        validate_form(after=after, at=at)
        is_delay = at is None
        due = due_time(self._scheduler.read_clock(is_delay=is_delay), after=after, at=at)
        return self._succeed(key, "rescheduled", lambda live: _Plan(_get_payload(live), due, is_delay))

    def move(self, key: str, version_arn: str) -> Change:
        """Move a task to the version that the client starts tasks on. Payload and due time stay.

        A waiting task that is on this version already is left as it is.
        """
        self._scheduler.read_clock(is_delay=False)  # its due time is by Step Functions' clock
        live = self._generations.find_live(key)
        task = live.to_task(self._clock.now())
        if live.execution.version_arn == version_arn and task.status is Status.WAITING:
            return Change(key, task, was_needed=False)
        moved = self._succeed(
            key, "moved", lambda live: _Plan(_get_payload(live), _get_due(live), is_delay=False), live
        )
        return Change(key, moved)

    def redrive(self, key: str) -> Task:
        """Resume a failed or timed-out task where it failed."""
        live = self._generations.find_live(key)
        task = live.to_task(self._clock.now())
        if task.status not in {Status.FAILED, Status.TIMED_OUT}:
            raise NotRedrivable(
                f"The task {task.key!r} is {task.status}: only a failed task can be redriven."
            )
        self._service.redrive(live.execution.generation)
        return self._generations.find_live(key).to_task(self._clock.now())

    def send(self, prepared: PreparedRequest) -> ScheduledTask:
        """Schedule a task. If it replaces, a waiting task of its key gets its payload and due time.

        Raises:
            DuplicateKey: another task has the key, and the request does not replace, or that task has ended.
            TooLate: the task to replace is due, or its function has been called.

        """
        try:
            return self._scheduler.send(prepared)
        except DuplicateKey as duplicate:
            if not prepared.replaces or isinstance(duplicate, KeyUsedUp):
                raise
        plan = _Plan(prepared.payload, prepared.due, prepared.is_delay)
        return self._succeed(prepared.generation.key, "replaced", lambda _live: plan)

    def _succeed(
        self, key: str, change: str, make_plan: _MakePlan, known: LiveGeneration | None = None
    ) -> ScheduledTask:
        """Start the next generation, then stop the live one. `known` is the live one if it was just found."""
        for pause_seconds in PAUSES_SECONDS:
            live, known = known or self._generations.find_live(key), None
            _require_waiting(live.to_task(self._clock.now()), change)
            plan = make_plan(live)
            self._require_room(live, self._scheduler.convert_due(plan.due, is_delay=plan.is_delay))
            started = self._scheduler.start(
                PreparedRequest(live.next_generation, plan.payload, plan.due, plan.is_delay)
            )
            if started:
                return self._complete(live, started, change)
            # Another client has changed the same task: now its generation is the one to replace.
            self._clock.sleep(pause_seconds)
        raise build_contended(key)

    def _complete(self, live: LiveGeneration, started: Execution, change: str) -> ScheduledTask:
        reconciled = self._generations.reconcile(live, started)
        if reconciled.number <= live.number:
            raise _build_too_late(change, reconciled.to_task(self._clock.now()))
        return require_scheduled(started.to_task(self._clock.now(), was_called=False))

    def _require_room(self, live: LiveGeneration, due: datetime) -> None:
        """Require that the key can have another generation, due at this time."""
        key = live.execution.generation.key
        if len(key) > MAX_KEY:
            raise InvalidKey(
                f"The key {key!r} has {len(key)} characters, over {MAX_KEY}, and no room for "
                "the name of another generation. Cancel it, and schedule it under a shorter key."
            )
        if live.number == MAX_GENERATION:
            raise InvalidKey(
                f"The task {key!r} was rescheduled {MAX_GENERATION - 1} times, which is the limit. "
                "Schedule it under another key, then cancel this one."
            )
        _require_within_window(live.first, due, self._clock.now())


def _get_payload(live: LiveGeneration) -> Payload:
    return Payload(live.execution.payload or {})


def _get_due(live: LiveGeneration) -> datetime:
    """Return the due time of a waiting task, which has one."""
    return live.execution.due or live.execution.started


def _require_waiting(task: Task, change: str) -> None:
    if task.status is not Status.WAITING:
        raise _build_too_late(change, task)


def _require_within_window(first: Execution, due: datetime, now: datetime) -> None:
    latest = (first.stopped or now) + RESCHEDULE_WINDOW
    if due > latest:
        raise InvalidDueTime(
            f"A rescheduled task must be due within {RESCHEDULE_WINDOW.days} days of its first reschedule, "
            f"here by {format_moment(latest)}, got {format_moment(due)}: Step Functions forgets its key "
            f"after {RETENTION.days}. Schedule it under another key, then cancel this one."
        )


def _build_too_late(change: str, task: Task) -> TooLate:
    return TooLate(f"The task {task.key!r} can no longer be {change}: {_explain_too_late(task)}")


def _explain_too_late(task: Task) -> str:
    if task.status is Status.CANCELLED:
        return "it was cancelled. Schedule it under another key."
    if task.status.is_open:
        reason = f"it has been due since {format_moment(task.due)}" if task.due else "it is running"
        return f"{reason}, and its function is being called."
    if task.error in {stop.value for stop in Stop}:
        return (
            f"it was stopped after its function had been called, and the call goes on. It is {task.status}."
        )
    return f"it has ended. It is {task.status}."
