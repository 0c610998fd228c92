"""Cancels and reschedules tasks: what works only as long as the function has not been called."""

from datetime import datetime, timedelta
from typing import Final

from delay._due import due_time
from delay._payload import Payload
from delay.clock import Clock
from delay.errors import InvalidDueTime, InvalidKey, TooLate
from delay.executions.execution import Execution, Stop
from delay.executions.generation import MAX_GENERATION, MAX_KEY
from delay.executions.generations import PAUSES_SECONDS, Generations, LiveGeneration, contended
from delay.executions.scheduling import RETENTION, Prepared, Scheduler
from delay.executions.service import StepFunctions
from delay.task import Status, Task

REMEMBERED: Final = RETENTION - timedelta(days=1)
"""So long after its first generation was stopped a key can be relied on: a day is left for the call."""


class Changes:
    """Cancels and reschedules."""

    def __init__(
        self, service: StepFunctions, generations: Generations, scheduler: Scheduler, clock: Clock
    ) -> None:
        self._service = service
        self._generations = generations
        self._scheduler = scheduler
        self._clock = clock

    def cancel(self, key: str) -> Task:
        """Stop the generation that counts, and look whether that was in time."""
        for pause_seconds in PAUSES_SECONDS:
            current = self._generations.current(key)
            task = current.task(self._clock.now())
            if task.status is Status.CANCELLED:
                return task
            if current.has_the_key:
                raise _too_late("cancelled", task)
            self._service.stop(current.execution.generation, Stop.CANCELLED, "Cancelled before it was due.")
            self._clock.sleep(pause_seconds)
        raise contended(key)

    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> Task:
        """Start the next generation, then stop the one before."""
        due = due_time(self._clock.now(), after=after, at=at)
        for pause_seconds in PAUSES_SECONDS:
            current = self._generations.current(key)
            self._check(current, due)
            payload = Payload(current.execution.payload or {})
            started = self._scheduler.started(Prepared(current.next_generation, payload, due))
            if started:
                return self._moved(current, started)
            # Somebody else reschedules the same task: theirs is the one to move now.
            self._clock.sleep(pause_seconds)
        raise contended(key)

    def _moved(self, current: LiveGeneration, started: Execution) -> Task:
        settled = self._generations.reconcile(current, started)
        if settled.number <= current.number:
            raise _too_late("rescheduled", settled.task(self._clock.now()))
        return started.task(self._clock.now(), was_called=False)

    def _check(self, current: LiveGeneration, due: datetime) -> None:
        task = current.task(self._clock.now())
        if task.status is not Status.WAITING:
            raise _too_late("rescheduled", task)
        if len(task.key) > MAX_KEY:
            raise InvalidKey(
                f"The key {task.key!r} has {len(task.key)} characters, over {MAX_KEY}, and no room for "
                "another generation's name. Cancel it, and schedule it under a shorter key."
            )
        if current.number == MAX_GENERATION:
            raise InvalidKey(
                f"The task {task.key!r} was rescheduled {MAX_GENERATION - 1} times, which is the most. "
                "Schedule it under another key, then cancel this one."
            )
        _check_remembered(current.first, due, self._clock.now())


def _check_remembered(first: Execution, due: datetime, now: datetime) -> None:
    latest = (first.stopped or now) + REMEMBERED
    if due > latest:
        raise InvalidDueTime(
            f"A rescheduled task must be due within {REMEMBERED.days} days of its first reschedule, here "
            f"until {latest.isoformat()}, got {due.isoformat()}: Step Functions forgets its key after 90. "
            "Schedule it under another key, then cancel this one."
        )


def _too_late(done: str, task: Task) -> TooLate:
    if task.status is Status.CANCELLED:
        return TooLate(
            f"The task {task.key!r} cannot be {done}: it was cancelled. Schedule it under another key."
        )
    if task.status.is_open:
        due = f"it has been due since {task.due.isoformat()}" if task.due else "it runs"
        return TooLate(f"The task {task.key!r} cannot be {done} any more: {due}, and its function is called.")
    was_stopped = task.error in {stop.value for stop in Stop}
    how = (
        "was stopped when its function had been called already, which runs on" if was_stopped else "has ended"
    )
    return TooLate(f"The task {task.key!r} cannot be {done} any more: it {how}. It is {task.status}.")
