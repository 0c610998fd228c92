"""The interface of a store: the place where tasks wait, and all that can be done with them there.

`Delay` is the same for every store. An operation that a store lacks is refused by its name, with an
InvalidRequest that says what to do instead.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from delay.clock import Clock
from delay.listing import Listing, Watcher
from delay.many.rate_limit import CallRate
from delay.many.selection import ListTasks, Selection
from delay.many.window import DueWindow
from delay.request import Change, Request, Result
from delay.task import Counts, ScheduledTask, Status, Task

if TYPE_CHECKING:
    from delay.aws.connection import SqsClient
    from delay.dead_letters.redriving import DeadLetters


class Store(ABC):
    """A place where tasks wait. Threads may share a store, and a forked process may use its parent's.

    Keys were validated by `require_key`; arguments are otherwise a caller's own, as for `Delay`. Each method
    raises what the method of `Delay` with its name raises.
    """

    @property
    @abstractmethod
    def arn(self) -> str:
        """The ARN that the store was opened with."""

    @property
    @abstractmethod
    def clock(self) -> Clock:
        """The clock by which due times are computed."""

    @abstractmethod
    def check_clock(self) -> None:
        """Compare the clock with the service's, unless that was done recently."""

    @abstractmethod
    def require_key(self, key: str) -> str:
        """Return the key if an existing task may have it.

        Raises:
            InvalidKey: no task of this store can have it.

        """

    @abstractmethod
    def schedule(self, request: Request) -> ScheduledTask:
        """Schedule a task, or return the existing one if it is the same."""

    @abstractmethod
    def schedule_many(
        self,
        requests: Iterable[Request],
        *,
        rate: CallRate | None,
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Result]:
        """Schedule any number of tasks. `rate` and `concurrency` have defaults of the store's own."""

    @abstractmethod
    def get(self, key: str, *, attempts: bool = False) -> Task:
        """Return a task; with `attempts`, also the number of its function's calls."""

    @abstractmethod
    def list(self, *, status: Status | None, prefix: str, due: bool, window: DueWindow | None) -> Listing:
        """Return the tasks of a status, a prefix and a window of due times; with `due`, their due times."""

    @abstractmethod
    def count(self, *, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
        """Count the tasks of a status and a prefix."""

    @abstractmethod
    def cancel(self, key: str) -> Task:
        """Stop a task before its function is called."""

    @abstractmethod
    def cancel_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """Cancel the selected tasks: of a prefix, the open ones."""

    @abstractmethod
    def reschedule(self, key: str, *, after: timedelta | None, at: datetime | None) -> ScheduledTask:
        """Move a waiting task to another due time."""

    @abstractmethod
    def reschedule_many(
        self,
        selection: Selection,
        *,
        after: timedelta | None,
        at: datetime | None,
        to_version: str | None,
        concurrency: int | None,
        patience: timedelta,
    ) -> Iterator[Change]:
        """Move the selected tasks: of a prefix, the open ones. Not all of the three arguments are None.

        Raises:
            InvalidRequest: with `to_version`, if the store has no versions, or none of this name.

        """

    @abstractmethod
    def redrive(self, key: str) -> Task:
        """Call the function of a failed task again."""

    @abstractmethod
    def redrive_many(
        self, selection: Selection, *, concurrency: int | None, patience: timedelta
    ) -> Iterator[Change]:
        """Redrive the selected tasks: of a prefix, those that `find_redrivable` finds."""

    @abstractmethod
    def find_redrivable(self, list_tasks: ListTasks) -> Collection[str]:
        """Return the keys of the failed tasks that can still be redriven, among those listed."""

    @abstractmethod
    def history(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of a task so far."""

    @abstractmethod
    def check_rewind(self, point: datetime) -> None:
        """Refuse what `rewind` would refuse before it changes anything.

        Raises:
            InvalidRequest: the store has no backups, or the time is ahead.
            NoSuchStore: the store does not exist.

        """

    @abstractmethod
    def rewind(self, point: datetime) -> None:
        """Continue with a store that was restored from a backup of this time.

        Raises:
            InvalidRequest: the store has no backups, or the time is ahead.
            Contended: its drain or a sweep still runs.

        """

    @abstractmethod
    def dead_letters(self, queue_url: str, sqs: "SqsClient | None") -> "DeadLetters":
        """Return the failed tasks in a dead-letter queue. Without `sqs`, a client is created."""
