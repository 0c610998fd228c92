"""Lateness is the time from a task's due time to its call, as the history tells both."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from delay import Delay
from delay.testing import FakeStepFunctions
from verification.errors import NotAsExpected
from verification.lateness import Lateness, measure_lateness


class LateStepFunctions(FakeStepFunctions):
    """Tells histories in which every call comes some seconds later than it did."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._late = timedelta(seconds=seconds)

    def get_execution_history(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as there
        """Tell a page."""
        page = super().get_execution_history(**request)
        return page | {"events": [self._delayed(event) for event in page["events"]]}

    def _delayed(self, event: dict[str, Any]) -> dict[str, Any]:
        return event | {"timestamp": event["timestamp"] + self._late}


def measured(sfn: FakeStepFunctions) -> Lateness:
    return measure_lateness(Delay(sfn.state_machine_arn, sfn, clock=sfn.clock), 10)


def test_a_task_on_time_is_not_late() -> None:
    """Ten are measured, and all are called."""
    assert measured(FakeStepFunctions()) == Lateness(tasks=10, p50=0.0, p99=0.0, latest=0.0)


def test_it_is_told_in_one_line() -> None:
    """With percentiles, for the worst says little."""
    assert str(measured(LateStepFunctions(0.25))) == (
        "10 tasks were called 0.250 s after they were due (p50), 0.250 s (p99), 0.250 s (the latest)"
    )


def test_percentiles_are_of_what_was_measured() -> None:
    """A hundred values from 0 to 99 have the median 49.5."""
    lateness = Lateness.of([float(number) for number in range(100)])
    assert (lateness.p50, lateness.p99, lateness.latest) == pytest.approx((49.5, 98.01, 99.0))


def test_an_early_call_fails_the_measurement() -> None:
    """That is what this project promises never to do."""
    with pytest.raises(NotAsExpected, match="before it was due"):
        measured(LateStepFunctions(-0.5))


@pytest.mark.parametrize("events", [(), ("ExecutionStarted",)])
def test_a_task_that_was_not_called_fails_it_too(
    events: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no lateness."""
    monkeypatch.setattr(Delay, "history", lambda *_: [{"type": name} for name in events])
    with pytest.raises(NotAsExpected, match="was not called"):
        measured(FakeStepFunctions())
