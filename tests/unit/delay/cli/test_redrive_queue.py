"""Ctrl-C while `delay redrive --from-queue` works through the dead-letter queue."""

import json
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from delay import DeadLetters, Delay
from delay.cli.commands.redrive_queue import print_letters, redrive_letters
from delay.testing import FakeSqs, FakeStepFunctions


class InterruptedSqs(FakeSqs):
    """A queue whose receiver presses Ctrl-C when it has received messages."""

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """Receive messages."""
        answer = super().receive_message(**request)
        signal.raise_signal(signal.SIGINT)
        return answer


def close(_event: object, _context: object) -> None:
    raise ValueError


@pytest.fixture
def letters() -> DeadLetters:
    """Return three failed tasks in a queue."""
    sfn = FakeStepFunctions(close)
    sqs = InterruptedSqs(sfn.clock)
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    for key in ("a", "b", "c"):
        task = delay.wait(delay.schedule({}, after=timedelta(0), key=key))
        sqs.put(json.dumps({"executionArn": task.arn, "status": "FAILED", "error": "ValueError"}))
    return delay.dead_letters(sqs.queue_url, sqs)


@pytest.mark.parametrize(("work", "left"), [(print_letters, 3), (redrive_letters, 2)])
def test_ctrl_c_releases_the_remaining_messages(
    letters: DeadLetters,
    work: Callable[..., None],
    left: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They can be received at once. The message in progress is completed."""
    with pytest.raises(SystemExit) as ended:
        work(letters, None, as_json=False)
    assert ended.value.code == 130
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1
    assert "Giving back the other messages." in printed.err
    assert (letters.count(), letters.in_flight()) == (left, 0)
