"""Cancels and reschedules tasks. Both work only before the function has been called."""

from datetime import datetime, timedelta
from typing import Final

from delay._due import due_time, validate_form
from delay._payload import Payload
from delay.clock import Clock
from delay.errors import InvalidDueTime, InvalidKey, TooLate
from delay.executions.execution import Execution, Stop, require_scheduled
from delay.executions.generation import MAX_GENERATION, MAX_KEY, RETENTION
from delay.executions.generations import PAUSES_SECONDS, Generations, LiveGeneration, build_contended
from delay.executions.scheduling import PreparedRequest, Scheduler
from delay.executions.service import StepFunctions
from delay.task import ScheduledTask, Status, Task

RESCHEDULE_WINDOW: Final = RETENTION - timedelta(days=1)
"""How long after its first generation was stopped a key can be relied on. The day left is for the call."""


class Changes:
    """Changes to tasks: cancel and reschedule."""

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
        """Start the next generation, then stop the live one."""
        validate_form(after=after, at=at)
        is_delay = at is None
        due = due_time(self._scheduler.read_clock(is_delay=is_delay), after=after, at=at)
        for pause_seconds in PAUSES_SECONDS:
            live = self._generations.find_live(key)
            self._require_reschedulable(live, self._scheduler.convert_due(due, is_delay=is_delay))
            payload = Payload(live.execution.payload or {})
            prepared = PreparedRequest(live.next_generation, payload, due, is_delay)
            started = self._scheduler.start(prepared)
            if started:
                return self._complete_reschedule(live, started)
            # Another client has rescheduled the same task: now its generation is the one to move.
            self._clock.sleep(pause_seconds)
        raise build_contended(key)

    def _complete_reschedule(self, live: LiveGeneration, started: Execution) -> ScheduledTask:
        reconciled = self._generations.reconcile(live, started)
        if reconciled.number <= live.number:
            raise _build_too_late("rescheduled", reconciled.to_task(self._clock.now()))
        return require_scheduled(started.to_task(self._clock.now(), was_called=False))

    def _require_reschedulable(self, live: LiveGeneration, due: datetime) -> None:
        task = live.to_task(self._clock.now())
        if task.status is not Status.WAITING:
            raise _build_too_late("rescheduled", task)
        if len(task.key) > MAX_KEY:
            raise InvalidKey(
                f"The key {task.key!r} has {len(task.key)} characters, over {MAX_KEY}, and no room for "
                "the name of another generation. Cancel it, and schedule it under a shorter key."
            )
        if live.number == MAX_GENERATION:
            raise InvalidKey(
                f"The task {task.key!r} was rescheduled {MAX_GENERATION - 1} times, which is the limit. "
                "Schedule it under another key, then cancel this one."
            )
        _require_within_window(live.first, due, self._clock.now())


def _require_within_window(first: Execution, due: datetime, now: datetime) -> None:
    latest = (first.stopped or now) + RESCHEDULE_WINDOW
    if due > latest:
        raise InvalidDueTime(
            f"A rescheduled task must be due within {RESCHEDULE_WINDOW.days} days of its first reschedule, "
            f"here by {latest.isoformat()}, got {due.isoformat()}: Step Functions forgets its key after "
            f"{RETENTION.days}. Schedule it under another key, then cancel this one."
        )


def _build_too_late(change: str, task: Task) -> TooLate:
    return TooLate(f"The task {task.key!r} can no longer be {change}: {_explain_too_late(task)}")


def _explain_too_late(task: Task) -> str:
    if task.status is Status.CANCELLED:
        return "it was cancelled. Schedule it under another key."
    if task.status.is_open:
        reason = f"it has been due since {task.due.isoformat()}" if task.due else "it is running"
        return f"{reason}, and its function is being called."
    if task.error in {stop.value for stop in Stop}:
        return (
            f"it was stopped after its function had been called, and the call goes on. It is {task.status}."
        )
    return f"it has ended. It is {task.status}."
