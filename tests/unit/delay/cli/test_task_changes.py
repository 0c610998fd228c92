"""A task that cannot be changed does not stop the changes of the others."""

import pytest

from delay import Task
from delay.cli.task_changes import change_each
from delay.errors import DelayError, NoSuchTask, NotPermitted, Refused, Throttled, Unreachable
from delay.executions.execution import Execution
from delay.executions.generation import Generation
from delay.testing import FakeClock

CLOCK = FakeClock()


def change_all_but_b(keys: str, error: type[DelayError]) -> list[str]:
    """Change tasks, of which "b" raises an error; return the keys that were changed."""
    changed: list[str] = []

    def change(key: str) -> Task:
        if key == "b":
            raise error("no")
        changed.append(key)
        execution = Execution.of_start(Generation(key), f"arn:{key}", CLOCK.now(), "{}")
        return execution.to_task(CLOCK.now(), was_called=False)

    with pytest.raises((SystemExit, DelayError)):
        change_each(keys, change, CLOCK, as_json=False)
    return changed


@pytest.mark.parametrize("error", [NoSuchTask, Refused])
def test_error_of_one_task_does_not_stop_the_others(error: type[DelayError]) -> None:
    """AWS refuses a single execution, for example."""
    assert change_all_but_b("abc", error) == ["a", "c"]


@pytest.mark.parametrize("error", [NotPermitted, Throttled, Unreachable])
def test_error_common_to_all_tasks_stops_the_changes(error: type[DelayError]) -> None:
    """The other tasks would fail as well."""
    assert change_all_but_b("abc", error) == ["a"]
