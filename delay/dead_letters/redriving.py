"""Redrives the failed tasks in the dead-letter queue, and deletes their messages."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from delay.dead_letters.letter import DeadLetter
from delay.dead_letters.queue import BATCH_SIZE, DeadLetterQueue
from delay.errors import DelayError, Refused, ServiceError


class Outcome(StrEnum):
    """The outcome of redriving a message."""

    REDRIVEN = "REDRIVEN"
    """Its task is running again, and the message is deleted."""
    REDRIVEN_BEFORE = "REDRIVEN_BEFORE"
    """Its task had already been redriven since it failed, and the message is deleted."""
    LEFT = "LEFT"
    """The message stays in the queue. The error says why."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """A message and the outcome of redriving it."""

    letter: DeadLetter
    outcome: Outcome
    error: DelayError | None = None


RedriveTask: TypeAlias = Callable[[DeadLetter], Outcome]
"""Redrives the task of a message, unless that was done since it failed; raises a DelayError otherwise."""


class DeadLetters:
    """The failed tasks in a dead-letter queue.

    Messages are hidden from other receivers while they are read or redriven. The remaining ones are given
    back at the end, also after an error; if the process is killed, they stay hidden for five minutes.

    `start_run` is called for each run, and returns the function that redrives the task of a message.
    """

    def __init__(self, queue: DeadLetterQueue, start_run: Callable[[], RedriveTask]) -> None:
        self._queue = queue
        self._start_run = start_run

    def count(self) -> int:
        """Return the approximate number of messages that can be received.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: a call to SQS failed.

        """
        return self._queue.count_visible()

    def in_flight(self) -> int:
        """Return the approximate number of messages held by receivers. It raises what `count` raises."""
        return self._queue.count_in_flight()

    def look(self, limit: int | None = None) -> Generator[DeadLetter, None, None]:
        """Yield the messages in the queue, at most `limit`. It raises what `count` raises."""
        with _open_in_flight(self._queue) as messages:
            yield from messages.receive(limit)

    def redrive(self, limit: int | None = None) -> Generator[Redrive, None, None]:
        """Redrive the failed tasks of all messages, or of at most `limit`, and yield the outcome for each.

        A message is deleted once the redrive of its failure was accepted, now or earlier, for example by a
        process that was killed before it could delete the message. A task that fails again during the run is
        not redriven again, since the reason is not fixed. With executions, each message takes a
        DescribeExecution, which AWS allows 10 to 15 times a second.

        A message that is malformed, or that AWS refuses, is LEFT and does not end the run.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: a call to SQS or to the store failed as it would for every message: Throttled,
                NotPermitted or Unreachable. Earlier redrives stand.

        """
        redrive_task = self._start_run()
        with _open_in_flight(self._queue) as messages:
            for letter in messages.receive(limit):
                yield _delete_redriven(messages, _redrive_letter(letter, redrive_task))


class _InFlight:
    """The received messages, until they are deleted or given back."""

    def __init__(self, queue: DeadLetterQueue) -> None:
        self._queue = queue
        self._letters: dict[str, DeadLetter] = {}
        self._deleted: set[str] = set()

    def receive(self, limit: int | None) -> Iterator[DeadLetter]:
        """Yield messages until there are no more, each once even if SQS delivers it again."""
        seen: set[str] = set()
        while limit is None or len(seen) < limit:
            batch = self._queue.receive(BATCH_SIZE if limit is None else limit - len(seen))
            if not batch:
                return
            for letter in batch:
                self._hold(letter)
            for letter in batch:
                if letter.message_id not in seen:
                    seen.add(letter.message_id)
                    yield letter

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message."""
        self._queue.delete(letter)
        self._deleted.add(letter.message_id)
        self._letters.pop(letter.message_id, None)

    def give_back(self) -> None:
        """Make the remaining messages visible to other receivers."""
        self._queue.give_back(self._letters.values())

    def _hold(self, letter: DeadLetter) -> None:
        if letter.message_id in self._deleted:
            with suppress(Refused):  # the next run finds that its task was redriven
                self._queue.delete(letter)  # delivered again: "Amazon SQS at-least-once delivery"
        else:
            self._letters[letter.message_id] = letter


def _redrive_letter(letter: DeadLetter, redrive_task: RedriveTask) -> Redrive:
    try:
        return Redrive(letter, redrive_task(letter))
    except DelayError as error:
        if isinstance(error, ServiceError) and not isinstance(error, Refused):
            raise
        return Redrive(letter, Outcome.LEFT, error)


def _delete_redriven(messages: _InFlight, redrive: Redrive) -> Redrive:
    """Delete the message of a redriven task. If SQS refuses to, return that the message is left."""
    if redrive.outcome is Outcome.LEFT:
        return redrive
    try:
        messages.delete(redrive.letter)
    except Refused as error:
        left = Refused(f"The task was redriven, but its message could not be deleted: {error}")
        return replace(redrive, outcome=Outcome.LEFT, error=left)
    return redrive


@contextmanager
def _open_in_flight(queue: DeadLetterQueue) -> Iterator[_InFlight]:
    messages = _InFlight(queue)
    try:
        yield messages
    except BaseException:
        with suppress(DelayError):  # the first error matters more, and the messages reappear by themselves
            messages.give_back()
        raise
    messages.give_back()
