"""Retry and Catch: decides whether a failure is retried, caught or final.

Source: "Handling errors in Step Functions workflows" in the Developer Guide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from stepfunctions_local.language.data_flow import DataFlow, parse_data_flow
from stepfunctions_local.language.decision import Decision, Failure, Json, RetryAfter, Visit
from stepfunctions_local.language.evaluation import RUNTIME
from stepfunctions_local.language.fields import MAX_LITERAL, Fields
from stepfunctions_local.language.jsonata.expression import ERROR_OUTPUT

ALL: Final = "States.ALL"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"
HEARTBEAT_TIMEOUT: Final = "States.HeartbeatTimeout"

MAX_DELAY_SECONDS: Final = 31_622_400
"""MaxDelaySeconds must be less than this: the seconds of a leap year."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of Retry. Delays are in seconds."""

    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    full_jitter: bool = False

    def compute_delay(self, used: int, random: Random) -> float:
        """Return the delay before the next attempt, in seconds, after `used` attempts."""
        delay = min(self._compute_backoff(used), self.max_delay_seconds or MAX_LITERAL)
        return random.uniform(0, delay) if self.full_jitter else delay

    def _compute_backoff(self, used: int) -> float:
        try:
            return self.interval_seconds * float(self.backoff_rate) ** used
        except OverflowError:
            return MAX_LITERAL


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of Catch."""

    error_equals: tuple[str, ...]
    next: str
    flow: DataFlow


@dataclass(frozen=True, slots=True)
class ErrorHandling:
    """Retry and Catch of a state."""

    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield the targets of the catchers, as `State.targets` does."""
        for index, catcher in enumerate(self.catchers):
            yield f"Catch[{index}]/Next", catcher.next

    def flows(self) -> Iterator[tuple[str, DataFlow]]:
        """Yield the data flows of the catchers, as `State.flows` does."""
        for index, catcher in enumerate(self.catchers):
            yield f"Catch[{index}]/Assign", catcher.flow

    def handle(self, visit: Visit, failure: Failure) -> Decision:
        """Decide to retry, to catch the failure, or to fail with it. Raises EvaluationFailed."""
        retry = decide_retry(self.retriers, failure, visit.retries, visit.random)
        if retry:
            return retry
        for catcher in self.catchers:
            if handles(catcher.error_equals, failure):
                return catcher.flow.proceed(visit, build_error_output(failure), catcher.next)
        return failure


def build_error_output(failure: Failure) -> Json:
    """Return the error output that a catcher receives. The cause of a timeout is empty, not null."""
    default = "" if failure.error == TIMEOUT else None
    return {"Error": failure.error, "Cause": default if failure.cause is None else failure.cause}


def handles(error_equals: Sequence[str], failure: Failure) -> bool:
    """Whether a retrier or a catcher with these names applies to the failure."""
    return matches(error_equals, failure.error) or failure.alias in error_equals


def matches(error_equals: Sequence[str], error: str | None) -> bool:
    """Whether a retrier or a catcher with these names applies to the error; to States.Runtime, none does."""
    if error == RUNTIME:
        return False
    if error in error_equals or ALL in error_equals:
        return True
    if error == HEARTBEAT_TIMEOUT and TIMEOUT in error_equals:
        return True
    return error != TIMEOUT and TASK_FAILED in error_equals


def decide_retry(
    retriers: Sequence[Retrier], failure: Failure, used: tuple[int, ...], random: Random
) -> RetryAfter | None:
    """Return the retry by the first retrier for this failure, or None if it has no attempts left."""
    counts = (*used, *(0 for _ in retriers[len(used) :]))
    for index, retrier in enumerate(retriers):
        if handles(retrier.error_equals, failure):
            count = counts[index]
            if count >= retrier.max_attempts:
                return None
            seconds = retrier.compute_delay(count, random)
            return RetryAfter(seconds, (*counts[:index], count + 1, *counts[index + 1 :]))
    return None


def parse_error_handling(fields: Fields) -> ErrorHandling:
    """Parse Retry and Catch."""
    retriers, catchers = fields.read_objects("Retry"), fields.read_objects("Catch")
    return ErrorHandling(
        tuple(_parse_retrier(entry, is_last=entry is retriers[-1]) for entry in retriers),
        tuple(_parse_catcher(entry, is_last=entry is catchers[-1]) for entry in catchers),
    )


def _parse_retrier(fields: Fields, *, is_last: bool) -> Retrier:
    fields.read_text("Comment")
    errors = _parse_error_equals(fields, is_last=is_last)
    interval = fields.read_integer("IntervalSeconds", minimum=1, maximum=MAX_LITERAL)
    attempts = fields.read_integer("MaxAttempts", minimum=0, maximum=MAX_LITERAL)
    rate = fields.read_number("BackoffRate", minimum=1.0, maximum=float(MAX_LITERAL))
    limit = fields.read_integer("MaxDelaySeconds", minimum=1, maximum=MAX_DELAY_SECONDS - 1)
    full_jitter = _parse_full_jitter(fields)
    fields.close()
    return Retrier(
        errors,
        interval_seconds=1 if interval is None else interval,
        max_attempts=3 if attempts is None else attempts,
        backoff_rate=2.0 if rate is None else rate,
        max_delay_seconds=limit,
        full_jitter=full_jitter,
    )


def _parse_full_jitter(fields: Fields) -> bool:
    strategy = fields.read_text("JitterStrategy", "NONE")
    if strategy not in {"FULL", "NONE"}:
        fields.refuse(f"'{strategy}' is not a jitter strategy; FULL and NONE are.", "JitterStrategy")
    return strategy == "FULL"


def _parse_catcher(fields: Fields, *, is_last: bool) -> Catcher:
    fields.read_text("Comment")
    fields.require("Next")
    flow = parse_data_flow(fields, "ResultPath", "Output", "Assign", outcome=ERROR_OUTPUT)
    catcher = Catcher(_parse_error_equals(fields, is_last=is_last), fields.read_text("Next"), flow)
    fields.close()
    return catcher


def _parse_error_equals(fields: Fields, *, is_last: bool) -> tuple[str, ...]:
    value = fields.read("ErrorEquals")
    if not fields.require("ErrorEquals"):
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        fields.refuse("Expected a non-empty array of error names", "ErrorEquals")
        return ()
    if ALL in value and not (is_last and len(value) == 1):
        fields.refuse(f"{ALL} must stand alone, in the last entry.", "ErrorEquals")
    return tuple(str(name) for name in value)
