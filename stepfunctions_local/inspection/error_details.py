"""How Retry and Catch dealt with a failure: which entry took it, and the delay before the next attempt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stepfunctions_local.language import Decision, Failure, Json, Proceed, RetryAfter, Visit
from stepfunctions_local.language.error_handling import Catcher, ErrorHandling, Retrier, handles


@dataclass(frozen=True, slots=True)
class WatchedHandling(ErrorHandling):
    """Retry and Catch of a state, with the failures that they were asked about.

    A caught failure is not in the decision that follows from it.
    """

    seen: list[Failure] = field(default_factory=list)

    def handle(self, visit: Visit, failure: Failure) -> Decision:
        """Decide to retry, to catch the failure, or to fail with it. Raises EvaluationFailed."""
        self.seen.append(failure)
        return ErrorHandling.handle(self, visit, failure)


def watch(handling: ErrorHandling) -> WatchedHandling:
    """Return the same Retry and Catch, watched."""
    return WatchedHandling(handling.retriers, handling.catchers)


def describe_handling(handling: WatchedHandling, decision: Decision) -> dict[str, Json]:
    """Return the errorDetails of the last failure; an object without members if no entry took it."""
    if not handling.seen:
        return {}
    return dict(_describe(handling, handling.seen[-1], decision))


def _describe(handling: ErrorHandling, failure: Failure, decision: Decision) -> Iterator[tuple[str, Json]]:
    # As recorded on AWS, a retrier without attempts left is named as well.
    if (index := _find_index(handling.retriers, failure)) is not None:
        yield "retryIndex", index
    if isinstance(decision, RetryAfter):
        yield "retryBackoffIntervalSeconds", round(decision.seconds)
    elif isinstance(decision, Proceed):
        yield "catchIndex", _find_index(handling.catchers, failure)


def _find_index(entries: Sequence[Retrier | Catcher], failure: Failure) -> int | None:
    return next((index for index, one in enumerate(entries) if handles(one.error_equals, failure)), None)
