"""An answer that was cut off raises Unreachable: botocore takes it for an answer without members."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from delay import Delay
from delay.errors import Unreachable
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, schedule_task

CALLS: list[tuple[str, Callable[[Delay], Any]]] = [
    ("start_execution", lambda delay: delay.schedule({}, after=HOUR, key="other")),
    ("describe_execution", lambda delay: delay.get(KEY)),
    ("stop_execution", lambda delay: delay.cancel(KEY)),
    ("list_executions", lambda delay: list(delay.list())),
    ("get_execution_history", lambda delay: list(delay.history(KEY))),
]


def return_nothing(**_: Any) -> dict[str, Any]:
    """Return what botocore makes of a header without an end."""
    return {"ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize(("method", "call"), CALLS, ids=[method for method, _ in CALLS])
def test_incomplete_answer_raises_unreachable(
    delay: Delay,
    sfn: FakeStepFunctions,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    call: Callable[[Delay], Any],
) -> None:
    """The task stays as it is."""
    schedule_task(sfn)
    with monkeypatch.context() as patch:
        patch.setattr(sfn, method, return_nothing)
        with pytest.raises(Unreachable, match="incomplete answer"):
            call(delay)
    assert delay.get(KEY).status.is_open


def test_incomplete_answer_to_a_redrive_raises_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task may be redriven or not."""

    def fail(_event: dict[str, Any], _context: object) -> None:
        raise ValueError

    sfn = FakeStepFunctions(fail)
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    schedule_task(sfn, HOUR)
    sfn.clock.forward(timedelta(hours=2))
    monkeypatch.setattr(sfn, "redrive_execution", return_nothing)
    with pytest.raises(Unreachable, match="redriveDate"):
        delay.redrive(KEY)
