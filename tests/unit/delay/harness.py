"""The harness of the client's tests: clients, a task, and the generations that exist."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from delay import Delay, Generation, Task
from delay.aws.connection import StepFunctionsClient
from delay.executions.store import ExecutionStore
from delay.testing import FakeStepFunctions

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
KEY = "order"


class Killed(BaseException):
    """A client's process was killed."""


def client(sfn: FakeStepFunctions) -> Delay:
    """Return a new client, as another process would have it."""
    return Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)


def boto3_client(delay: Delay) -> StepFunctionsClient:
    """Return the boto3 client that a client uses in this process."""
    assert isinstance(delay.store, ExecutionStore)
    return delay.store.sfn


def executions(sfn: FakeStepFunctions) -> Iterator[dict[str, Any]]:
    """Yield every execution ever started, bypassing the faults that a test asked for."""
    listed = FakeStepFunctions.list_executions(sfn)
    yield from listed["executions"]


def waiting_generations(sfn: FakeStepFunctions) -> list[int]:
    """Return the numbers of the open generations."""
    return sorted(
        Generation.of_name(each["name"]).number for each in executions(sfn) if each["status"] == "RUNNING"
    )


def schedule_task(sfn: FakeStepFunctions, after: timedelta = WEEK) -> Task:
    """Schedule a task under KEY, and return it."""
    return client(sfn).schedule({"a": 1}, after=after, key=KEY)
