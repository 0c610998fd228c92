"""Changes of many tasks, which go on while their page is looked at."""

import secrets
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Final

from delay.errors import DelayError
from delay.request import Change

_MOST_ERRORS: Final = 20
_MOST_JOBS: Final = 20


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is. `failure` ended it early. `errors` has the first tasks that were not changed."""

    title: str
    back: str
    total: int | None
    changed: int = 0
    left: int = 0
    errors: tuple[tuple[str, str], ...] = ()
    failure: str | None = None
    is_done: bool = False


@dataclass(slots=True)
class Job:
    """A change of many tasks, run by one thread and looked at by others."""

    title: str
    back: str
    total: int | None = None
    _changed: int = 0
    _errors: list[tuple[str, str]] = field(default_factory=list)
    _left: int = 0
    _failure: str | None = None
    _is_done: bool = False
    _is_stopped: bool = False

    def stop(self) -> None:
        """End it after the tasks in progress."""
        self._is_stopped = True

    def run(self, changes: Iterable[Change]) -> None:
        """Make the changes, one after the other."""
        try:
            for change in changes:
                self._note(change)
                if self._is_stopped:
                    self._failure = "The console ended. The other tasks are left as they are."
                    break
        except DelayError as error:
            self._failure = str(error)
        finally:
            self._is_done = True

    @property
    def state(self) -> JobState:
        """How far it is now."""
        is_done = self._is_done  # before the numbers, which are the last ones if it is done
        return JobState(
            self.title,
            self.back,
            self.total,
            self._changed,
            self._left,
            tuple(self._errors),
            self._failure,
            is_done,
        )

    def _note(self, change: Change) -> None:
        if change.error is None:
            self._changed += 1
            return
        self._left += 1
        if len(self._errors) < _MOST_ERRORS:
            self._errors.append((change.key, str(change.error)))


class Jobs:
    """The latest jobs by their ids."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()

    def start(self, job: Job, changes: Iterable[Change]) -> str:
        """Begin a job, and return its id."""
        identifier = secrets.token_urlsafe(8)
        with self._lock:
            self._jobs[identifier] = job
            for old in list(islice(self._jobs, max(0, len(self._jobs) - _MOST_JOBS))):
                del self._jobs[old]
        self._executor.submit(job.run, changes)
        return identifier

    def stop(self) -> None:
        """End all jobs after their tasks in progress."""
        for job in list(self._jobs.values()):
            job.stop()

    def find(self, identifier: str) -> JobState | None:
        """Return how far a job is; None if there is none."""
        job = self._jobs.get(identifier)
        return None if job is None else job.state

    @property
    def revision(self) -> str:
        """A text that changes while jobs go on."""
        states = [job.state for job in list(self._jobs.values())]
        return ".".join(f"{state.changed + state.left}{state.is_done:d}" for state in states)
