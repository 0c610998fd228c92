"""Lateness is the time from a task's due time to its call, both read from its history."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from delay import Delay
from delay.testing import FakeStepFunctions
from verification.errors import NotAsExpected
from verification.lateness import Lateness, measure_lateness


class LateStepFunctions(FakeStepFunctions):
    """Returns histories with every call some seconds later than it was."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._late = timedelta(seconds=seconds)

    def get_execution_history(self, **request: Any) -> dict[str, Any]:
        """Return a page."""
        page = super().get_execution_history(**request)
        return page | {"events": [self._delayed(event) for event in page["events"]]}

    def _delayed(self, event: dict[str, Any]) -> dict[str, Any]:
        return event | {"timestamp": event["timestamp"] + self._late}


def measure(sfn: FakeStepFunctions) -> Lateness:
    return measure_lateness(Delay(sfn.state_machine_arn, sfn, clock=sfn.clock), 10)


def test_punctual_tasks_have_no_lateness() -> None:
    """All ten measured tasks are called."""
    assert measure(FakeStepFunctions()) == Lateness(tasks=10, p50=0.0, p99=0.0, latest=0.0)


def test_lateness_is_printed_in_one_line() -> None:
    """The line has percentiles, since the latest alone says little."""
    assert str(measure(LateStepFunctions(0.25))) == (
        "10 tasks were called 0.250 s after they were due (p50), 0.250 s (p99), 0.250 s (the latest)"
    )


def test_percentiles_are_those_of_the_measured_values() -> None:
    """The median of the values from 0 to 99 is 49.5."""
    lateness = Lateness.of([float(number) for number in range(100)])
    assert (lateness.p50, lateness.p99, lateness.latest) == pytest.approx((49.5, 98.01, 99.0))


def test_early_call_fails_the_measurement() -> None:
    """This project promises that no call is early."""
    with pytest.raises(NotAsExpected, match="before it was due"):
        measure(LateStepFunctions(-0.5))


@pytest.mark.parametrize("events", [(), ("ExecutionStarted",)])
def test_missing_call_fails_the_measurement(events: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A task without a call has no lateness."""
    monkeypatch.setattr(Delay, "history", lambda *_: [{"type": name} for name in events])
    with pytest.raises(NotAsExpected, match="was not called"):
        measure(FakeStepFunctions())
