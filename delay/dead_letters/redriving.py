"""Puts failed tasks back to work: what lies in the dead-letter queue is redriven, then deleted there."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from delay.dead_letters.letter import DeadLetter
from delay.dead_letters.queue import BATCH_SIZE, DeadLetterQueue
from delay.errors import DelayError, NoSuchTask, NotRedrivable, ServiceError, UnknownDeadLetter
from delay.executions.generation import Generation
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn

_FAILED: Final = frozenset({"FAILED", "TIMED_OUT"})


class Outcome(StrEnum):
    """What became of a message."""

    REDRIVEN = "REDRIVEN"
    """Its task runs again, and the message is deleted."""
    REDRIVEN_BEFORE = "REDRIVEN_BEFORE"
    """Its task has been redriven since it failed, by whomever: the message is deleted."""
    LEFT = "LEFT"
    """It stays in the queue. The error says why."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """A message, and what became of it."""

    letter: DeadLetter
    outcome: Outcome
    error: DelayError | None = None


class DeadLetters:
    """The failed tasks in a dead-letter queue.

    Others do not get a message that is looked at or redriven. Those that stay are given back at the end, also
    if that comes early; whoever is killed leaves them hidden for five minutes.
    """

    def __init__(self, queue: DeadLetterQueue, service: StepFunctions, machine: StateMachineArn) -> None:
        self._queue = queue
        self._service = service
        self._machine = machine

    def count(self) -> int:
        """Return about how many messages can be had.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: SQS cannot be asked.

        """
        return self._queue.visible()

    def in_flight(self) -> int:
        """Return about how many messages somebody holds at present. It raises what `count` raises."""
        return self._queue.in_flight()

    def look(self, limit: int | None = None) -> Generator[DeadLetter, None, None]:
        """Yield what lies in the queue, `limit` messages at most. It raises what `count` raises."""
        with _in_flight(self._queue) as messages:
            yield from messages.received(limit)

    def redrive(self, limit: int | None = None) -> Generator[Redrive, None, None]:
        """Redrive the failed tasks of all messages, or of `limit` at most, and yield what became of each.

        A message is deleted once the redrive of its failure was accepted: now, or before, by somebody who was
        killed in between for example. A task that fails again meanwhile is not redriven again: what made it
        fail is not mended. Each takes a DescribeExecution, which AWS allows 10 to 15 a second.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: SQS or Step Functions cannot be asked. What was done until then is done.

        """
        redriven: set[str] = set()
        with _in_flight(self._queue) as messages:
            for letter in messages.received(limit):
                redrive = self._redrive(letter, redriven)
                if redrive.outcome is not Outcome.LEFT:
                    messages.delete(letter)
                yield redrive

    def _redrive(self, letter: DeadLetter, redriven: set[str]) -> Redrive:
        try:
            return Redrive(letter, self._outcome(letter, redriven))
        except ServiceError:
            raise
        except DelayError as error:
            return Redrive(letter, Outcome.LEFT, error)

    def _outcome(self, letter: DeadLetter, redriven: set[str]) -> Outcome:
        generation = letter.generation
        if generation is None or letter.arn != self._machine.execution_arn(generation.name):
            raise UnknownDeadLetter(
                f"The message {letter.message_id} is about {letter.arn or 'something else'}, "
                f"not about a task of {self._machine.unqualified_arn}."
            )
        if not self._is_failed(generation):
            return Outcome.REDRIVEN_BEFORE
        if letter.arn in redriven:
            raise NotRedrivable(
                f"The task {generation.key!r} was redriven just now, and has failed again: mend first what "
                "makes it fail."
            )
        try:
            self._service.redrive(generation)
        except NotRedrivable:
            if self._is_failed(generation):
                raise
            return Outcome.REDRIVEN_BEFORE  # by somebody who was faster
        redriven.add(letter.arn)
        return Outcome.REDRIVEN

    def _is_failed(self, generation: Generation) -> bool:
        """Whether an execution has failed and was not redriven since."""
        execution = self._service.describe(generation)
        if execution is None:
            raise NoSuchTask(
                f"The task {generation.key!r} is not there any more: Step Functions has forgotten it."
            )
        return execution.status in _FAILED


class _InFlight:
    """The messages that were received, until they are deleted or given back."""

    def __init__(self, queue: DeadLetterQueue) -> None:
        self._queue = queue
        self._letters: dict[str, DeadLetter] = {}
        self._deleted: set[str] = set()

    def received(self, limit: int | None) -> Iterator[DeadLetter]:
        """Yield messages until there are no more, each once though it may come again."""
        seen: set[str] = set()
        while limit is None or len(seen) < limit:
            batch = self._queue.receive(BATCH_SIZE if limit is None else limit - len(seen))
            if not batch:
                return
            for letter in batch:
                self._take(letter)
            for letter in batch:
                if letter.message_id not in seen:
                    seen.add(letter.message_id)
                    yield letter

    def delete(self, letter: DeadLetter) -> None:
        """Be done with a message."""
        self._queue.delete(letter)
        self._deleted.add(letter.message_id)
        self._letters.pop(letter.message_id, None)

    def give_back(self) -> None:
        """Let others have the rest."""
        self._queue.give_back(self._letters.values())

    def _take(self, letter: DeadLetter) -> None:
        if letter.message_id in self._deleted:
            self._queue.delete(letter)  # a copy that SQS had kept: "Amazon SQS at-least-once delivery"
        else:
            self._letters[letter.message_id] = letter


@contextmanager
def _in_flight(queue: DeadLetterQueue) -> Iterator[_InFlight]:
    messages = _InFlight(queue)
    try:
        yield messages
    except BaseException:
        with suppress(DelayError):  # what ended it matters more, and they come back by themselves
            messages.give_back()
        raise
    messages.give_back()
