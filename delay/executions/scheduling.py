"""Schedules a task, and finds out whether a used key belongs to the same task."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from delay._due import SPREAD, due_time, validate_form
from delay._payload import Payload
from delay.aws.corrected_clock import CorrectedClock
from delay.errors import DuplicateKey, KeyUsedUp
from delay.executions.execution import Execution, require_scheduled
from delay.executions.fresh_input import FreshInput
from delay.executions.generation import RETENTION, Generation, validate_new_key
from delay.executions.generations import Generations, LiveGeneration
from delay.executions.service import NameTaken, StepFunctions
from delay.request import Request, require_request
from delay.task import ScheduledTask, Status, Task
from delay.text.moment import format_moment


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A validated request."""

    generation: Generation
    payload: Payload
    due: datetime
    is_delay: bool
    """Whether `due` is by the caller's own clock: a delay is the same by any clock.

    A time is by Step Functions' clock.
    """
    replaces: bool = False
    """Whether a waiting task of the same key gets this payload and due time."""


def prepare(request: Request, get_now: Callable[[], datetime]) -> PreparedRequest:
    """Validate a request, first all that needs no clock.

    Raises:
        InvalidRequest: the payload, the time or the key is invalid.

    """
    require_request(request)
    key = str(uuid4()) if request.key is None else validate_new_key(request.key)
    payload = Payload(request.payload)
    validate_form(after=request.after, at=request.at)
    due = due_time(get_now(), after=request.after, at=request.at, allow_past=request.allow_past)
    return PreparedRequest(Generation(key), payload, due, request.at is None, request.replace)


class Scheduler:
    """Validates requests and sends them."""

    def __init__(self, service: StepFunctions, generations: Generations, clock: CorrectedClock) -> None:
        self._service = service
        self._generations = generations
        self._clock = clock

    def prepare(self, request: Request) -> PreparedRequest:
        """Validate a request at the current time. It raises what the function `prepare` raises."""
        return prepare(request, lambda: self.read_clock(is_delay=request.at is None))

    def read_clock(self, *, is_delay: bool) -> datetime:
        """Return the time now, by the clock of a request's due time."""
        if is_delay:
            return self._clock.uncorrected.now()
        self._service.check_clock()
        return self._clock.now()

    def convert_due(self, due: datetime, *, is_delay: bool) -> datetime:
        """Return a due time by Step Functions' clock."""
        return due + self._clock.correction.offset if is_delay else due

    def send(self, prepared: PreparedRequest) -> ScheduledTask:
        """Start a task and return it, or the existing one if it is the same.

        Raises:
            DuplicateKey: the key belongs to another task.
            ServiceError: a call to AWS failed.

        """
        try:
            execution = self._start(prepared)
        except NameTaken as taken:
            return self._find_same_task(prepared, taken)
        return require_scheduled(execution.to_task(self._clock.now(), was_called=False))

    def start(self, prepared: PreparedRequest) -> Execution | None:
        """Start a generation and return it, or the existing one if it is the same.

        Return None if another client has started a different one under its name.

        Raises:
            ServiceError: a call to AWS failed.

        """
        try:
            return self._start(prepared)
        except NameTaken:
            existing = self._service.describe(prepared.generation)
            return None if existing is None or self._find_differences(prepared, existing) else existing

    def _start(self, prepared: PreparedRequest) -> Execution:
        clock = self._clock.uncorrected if prepared.is_delay else self._clock
        return self._service.start(prepared.generation, FreshInput(prepared.payload, prepared.due, clock))

    def _find_same_task(self, prepared: PreparedRequest, taken: NameTaken) -> ScheduledTask:
        live = self._generations.find_live(prepared.generation.key, must_exist=True)
        differences = self._find_differences(prepared, live.execution)
        task = live.to_task(self._clock.now())
        if differences or task.status is Status.CANCELLED:
            raise _build_conflict(task, live, differences) from taken.__cause__
        return require_scheduled(task)

    def _find_differences(self, prepared: PreparedRequest, existing: Execution) -> list[str]:
        differences = []
        # A due time before the start means at once.
        due = self.convert_due(prepared.due, is_delay=prepared.is_delay)
        requested = max(due, existing.started)
        if existing.due is None or abs(existing.due - requested) > SPREAD:
            actual = "at no time" if existing.due is None else format_moment(existing.due)
            differences.append(f"it is due {actual}, not {format_moment(requested)}")
        if existing.payload is None or not prepared.payload.equals(existing.payload):
            differences.append("its payload differs")
        return differences


def _build_conflict(task: Task, live: LiveGeneration, differences: list[str]) -> DuplicateKey:
    difference = f": {' and '.join(differences)}" if differences else ""
    if task.status.is_open:
        return DuplicateKey(
            f"The key {task.key!r} belongs to another task, which is {task.status}{difference}. "
            "To move a task, reschedule it; to replace it, schedule with replace=True or --replace; for "
            "another task, use another key."
        )
    ended = live.first.stopped or task.ended or task.started
    return KeyUsedUp(
        f"The key {task.key!r} is used up by a task that is {task.status}{difference}. Step Functions keeps "
        f"a name for {RETENTION.days} days, this one until {format_moment(ended + RETENTION)}: use another "
        "key."
    )
