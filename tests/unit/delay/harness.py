"""What the tests of rescheduling look at: which generations there are, and which of them still wait."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from delay import Delay, Generation, Task
from delay.testing import FakeStepFunctions

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
KEY = "order"


class Killed(BaseException):
    """The process of a client ended in the middle of something."""


def client(sfn: FakeStepFunctions) -> Delay:
    """Return a client of one's own, as another process would have it."""
    return Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)


def executions(sfn: FakeStepFunctions) -> Iterator[dict[str, Any]]:
    """Yield all that were ever started, past the faults that a test has asked for."""
    watched = FakeStepFunctions.list_executions(sfn)
    yield from watched["executions"]


def waiting(sfn: FakeStepFunctions) -> list[int]:
    """Return the numbers of the generations that are open."""
    return sorted(
        Generation.of_name(each["name"]).number for each in executions(sfn) if each["status"] == "RUNNING"
    )


def scheduled(sfn: FakeStepFunctions, after: timedelta = WEEK) -> Task:
    """Have a task wait, whose function notes when it was called."""
    return client(sfn).schedule({"a": 1}, after=after, key=KEY)
