"""Puts failed tasks back to work: what lies in the dead-letter queue is redriven, then deleted there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from delay.dead_letter import DeadLetter
from delay.dead_letter_queue import AT_ONCE, DeadLetterQueue
from delay.errors import DelayError, NoSuchTask, NotRedrivable, ServiceError, UnknownDeadLetter
from delay.machine import StateMachine
from delay.service import StepFunctions

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
    """The failed tasks in a dead-letter queue. Iterating tells of them, and leaves them there.

    Others do not get the messages meanwhile. Those that stay are given back at the end, or if it comes
    early; whoever is killed leaves them hidden for five minutes.
    """

    def __init__(self, queue: DeadLetterQueue, service: StepFunctions, machine: StateMachine) -> None:
        self._queue = queue
        self._service = service
        self._machine = machine

    def count(self) -> int:
        """Return about how many there are.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: SQS cannot be asked.

        """
        return self._queue.count()

    def __iter__(self) -> Iterator[DeadLetter]:
        """Yield what lies in the queue. It raises what `count` raises."""
        with _hand(self._queue) as hand:
            yield from hand.letters()

    def redrive(self, limit: int | None = None) -> Iterator[Redrive]:
        """Redrive the failed tasks of all messages, or of `limit` at most, and yield what became of each.

        A message is deleted once the redrive of its failure was accepted: now, or before, by somebody who was
        killed in between for example. A task that fails again meanwhile is not redriven again: what made it
        fail is not mended. Each takes a DescribeExecution, which AWS allows 10 to 15 a second.

        Raises:
            NoSuchQueue: there is no such queue.
            ServiceError: SQS or Step Functions cannot be asked. What was done until then is done.

        """
        redriven: set[str] = set()
        with _hand(self._queue) as hand:
            for letter in hand.letters(limit):
                redrive = self._redrive(letter, redriven)
                if redrive.outcome is not Outcome.LEFT:
                    hand.delete(letter)
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
        execution = self._service.describe(generation)
        if execution is None:
            raise NoSuchTask(f"The task {generation.key!r} is not there any more: there is no {letter.arn}.")
        if execution.status not in _FAILED:
            return Outcome.REDRIVEN_BEFORE
        if execution.arn in redriven:
            raise NotRedrivable(
                f"The task {generation.key!r} was redriven just now, and has failed again: mend first what "
                "makes it fail."
            )
        self._service.redrive(generation)
        redriven.add(execution.arn)
        return Outcome.REDRIVEN


class _Hand:
    """The messages that are held and not done with."""

    def __init__(self, queue: DeadLetterQueue) -> None:
        self._queue = queue
        self._held: dict[str, DeadLetter] = {}

    def letters(self, limit: int | None = None) -> Iterator[DeadLetter]:
        """Yield messages until there are no more, each once though it may come again."""
        seen: set[str] = set()
        while limit is None or len(seen) < limit:
            received = self._queue.receive(AT_ONCE if limit is None else limit - len(seen))
            if not received:
                return
            self._held |= {letter.message_id: letter for letter in received}
            for letter in received:
                if letter.message_id not in seen:
                    seen.add(letter.message_id)
                    yield letter

    def delete(self, letter: DeadLetter) -> None:
        """Be done with a message."""
        self._queue.delete(letter)
        del self._held[letter.message_id]

    def give_back(self) -> None:
        """Let others have the rest."""
        self._queue.give_back(self._held.values())


@contextmanager
def _hand(queue: DeadLetterQueue) -> Iterator[_Hand]:
    hand = _Hand(queue)
    try:
        yield hand
    finally:
        hand.give_back()
