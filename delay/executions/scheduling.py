"""Schedules a task, and finds out whether a key that is taken means the same task."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from delay._due import due_time
from delay._payload import Payload
from delay.clock import Clock
from delay.errors import DuplicateKey, InvalidRequest, KeyUsedUp
from delay.executions.execution import Execution
from delay.executions.fresh_input import FreshInput
from delay.executions.generation import Generation, checked_new_key
from delay.executions.generations import Generations, LiveGeneration
from delay.executions.service import NameTaken, StepFunctions
from delay.request import Request
from delay.task import Status, Task

_SPREAD: Final = timedelta(seconds=5)
"""Due times of one task that was sent twice differ by the rounding to seconds, by the way to AWS, and by how
far the clocks of two senders are apart."""

RETENTION: Final = timedelta(days=90)
"""So long after its end an execution and its name are kept. Source: "Step Functions service quotas"."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that has been checked."""

    generation: Generation
    payload: Payload
    due: datetime


def prepare(request: Request, now: datetime) -> Prepared:
    """Check a request.

    Raises:
        InvalidRequest: it cannot be sent.

    """
    if not isinstance(request, Request):
        raise InvalidRequest(f"A Request is wanted, got {type(request).__name__}.")
    key = str(uuid4()) if request.key is None else checked_new_key(request.key)
    due = due_time(now, after=request.after, at=request.at, allow_past=request.allow_past)
    return Prepared(Generation(key), Payload(request.payload), due)


class Scheduler:
    """Checks requests and sends them."""

    def __init__(self, service: StepFunctions, generations: Generations, clock: Clock) -> None:
        self._service = service
        self._generations = generations
        self._clock = clock

    def prepared(self, request: Request) -> Prepared:
        """Check a request, as `prepare` does."""
        return prepare(request, self._clock.now())

    def send(self, prepared: Prepared) -> Task:
        """Start a task, or find the same one that is there already.

        Raises:
            DuplicateKey: the key belongs to another task.
            ServiceError: AWS cannot be asked, or refuses.

        """
        try:
            execution = self._start(prepared)
        except NameTaken as taken:
            return self._same(prepared, taken)
        return execution.task(self._clock.now(), was_called=False)

    def started(self, prepared: Prepared) -> Execution | None:
        """Start a generation, or find that it was started already; None if somebody has started another.

        Raises:
            ServiceError: AWS cannot be asked, or refuses.

        """
        try:
            return self._start(prepared)
        except NameTaken:
            there = self._service.describe(prepared.generation)
            return None if there is None or _differences(prepared, there) else there

    def _start(self, prepared: Prepared) -> Execution:
        return self._service.start(
            prepared.generation, FreshInput(prepared.payload, prepared.due, self._clock)
        )

    def _same(self, prepared: Prepared, taken: NameTaken) -> Task:
        current = self._generations.current(prepared.generation.key, surely_there=True)
        differences = _differences(prepared, current.execution)
        task = current.task(self._clock.now())
        if differences or task.status is Status.CANCELLED:
            raise _conflict(task, current, differences) from taken.__cause__
        return task


def _differences(prepared: Prepared, existing: Execution) -> list[str]:
    differences = []
    # A due time that has passed at the start means: at once.
    wanted = max(prepared.due, existing.started)
    if existing.due is None or abs(existing.due - wanted) > _SPREAD:
        due = "at no time" if existing.due is None else existing.due.isoformat()
        differences.append(f"it is due {due}, not {wanted.isoformat()}")
    if existing.payload is None or not prepared.payload.equals(existing.payload):
        differences.append("its payload is another")
    return differences


def _conflict(task: Task, current: LiveGeneration, differences: list[str]) -> DuplicateKey:
    difference = f": {' and '.join(differences)}" if differences else ""
    if task.status.is_open:
        return DuplicateKey(
            f"The key {task.key!r} belongs to another task, which is {task.status}{difference}. "
            "To move a task, reschedule it; for another one, take another key."
        )
    ended = current.first.stopped or task.ended or task.started
    return KeyUsedUp(
        f"The key {task.key!r} is used up by a task that is {task.status}{difference}. Step Functions keeps "
        f"a name for 90 days, this one until {(ended + RETENTION).isoformat()}: take another key."
    )
