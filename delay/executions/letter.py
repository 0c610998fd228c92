"""Messages about failed executions: parses one, and redrives its task."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from delay.dead_letters.letter import DeadLetter
from delay.dead_letters.redriving import Outcome
from delay.errors import NoSuchTask, NotRedrivable, UnknownDeadLetter
from delay.executions.generation import Generation
from delay.executions.service import StepFunctions
from delay.executions.state_machine import StateMachineArn

_ARN_AT_START = re.compile(r'\s*\{\s*"executionArn"\s*:\s*"(?P<arn>arn:[^"\\\s]+)"')
_FAILED: Final = frozenset({"FAILED", "TIMED_OUT"})
_MILLISECONDS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True)
class ExecutionLetter(DeadLetter):
    """A message about a failed execution."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Parse a message of ReceiveMessage.

        Its body is in the form that the rule of template.yaml produces, or the original event if EventBridge
        could not apply the rule's template. If it is not JSON, only the ARN at its start is parsed.
        """
        message_id, receipt_handle, body = message["MessageId"], message["ReceiptHandle"], message["Body"]
        detail = _parse_detail(body)
        if detail is None:
            start = _ARN_AT_START.match(body)
            return cls(message_id, receipt_handle, start and start["arn"])
        arn = _parse_text(detail.get("executionArn"))
        texts = {name: _parse_text(detail.get(name)) for name in ("status", "error", "cause")}
        return cls(message_id, receipt_handle, arn, ended=_parse_end(detail), **texts)

    @property
    def key(self) -> str | None:
        """The key of the failed task; None if the message names no execution."""
        return self.generation.key if self.generation else None

    @property
    def generation(self) -> Generation | None:
        """The generation of the failed task; None if the message names no execution."""
        return None if self.arn is None else Generation.of_arn(self.arn)


class LetterRun:
    """Redrives the tasks of messages, each task once."""

    def __init__(self, service: StepFunctions, machine: StateMachineArn) -> None:
        self._service = service
        self._machine = machine
        self._redriven: set[str] = set()

    def redrive(self, letter: DeadLetter) -> Outcome:
        """Redrive the execution of a message, unless that was done since it failed.

        Raises:
            UnknownDeadLetter: the message is about no task of the state machine.
            NotRedrivable: it has failed again in this run, or Step Functions does not redrive it.
            NoSuchTask: Step Functions has forgotten it.

        """
        arn = letter.arn or ""
        generation = Generation.of_arn(arn)
        if arn != self._machine.execution_arn(generation.name):
            raise UnknownDeadLetter(
                f"The message {letter.message_id} is about {letter.arn or 'something else'}, "
                f"not about a task of {self._machine.unqualified_arn}."
            )
        if not self._is_failed(generation):
            return Outcome.REDRIVEN_BEFORE
        if arn in self._redriven:
            raise NotRedrivable(
                f"The task {generation.key!r} was redriven just now, and has failed again: fix what makes it "
                "fail first."
            )
        try:
            self._service.redrive(generation)
        except NotRedrivable:
            if self._is_failed(generation):
                raise
            return Outcome.REDRIVEN_BEFORE  # by another process, between the two calls
        self._redriven.add(arn)
        return Outcome.REDRIVEN

    def _is_failed(self, generation: Generation) -> bool:
        """Whether an execution has failed and has not been redriven since."""
        execution = self._service.describe(generation)
        if execution is None:
            raise NoSuchTask(
                f"The task {generation.key!r} no longer exists: Step Functions has forgotten it."
            )
        return execution.status in _FAILED


def _parse_detail(body: str) -> Mapping[str, Any] | None:
    """Return the fields of the execution; None if the message is not a JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    detail = message.get("detail")
    return detail if isinstance(detail, dict) else message


def _parse_text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _parse_end(detail: Mapping[str, Any]) -> datetime | None:
    milliseconds = detail.get("stopDate")
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / _MILLISECONDS_PER_SECOND, UTC)
    except (OverflowError, OSError, ValueError):
        return None
