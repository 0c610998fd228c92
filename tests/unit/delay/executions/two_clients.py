"""Two clients that change the same task at the same time, and the checks of every outcome."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, TypeAlias

from delay import Delay, KeyUsedUp, Status, Task, TooLate
from delay.testing import FakeStepFunctions
from tests.unit.delay.executions.interleaving import every_order, interleave
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, schedule_task, waiting_generations

Operation = Callable[[Delay], Task]
Finished: TypeAlias = tuple[FakeStepFunctions, list[Any]]
"""Step Functions after all calls, and the result of each client."""

OPERATIONS: dict[str, Operation] = {
    "reschedule": lambda delay: delay.reschedule(KEY, after=HOUR),
    "another reschedule": lambda delay: delay.reschedule(KEY, after=2 * HOUR),
    "replace": lambda delay: delay.schedule({"a": 2}, after=HOUR, key=KEY, replace=True),
    "another replace": lambda delay: delay.schedule({"a": 3}, after=2 * HOUR, key=KEY, replace=True),
    "cancel": lambda delay: delay.cancel(KEY),
    "get": lambda delay: delay.get(KEY),
}
MOST_CALLS = 40


def set_up_clients(*names: str) -> tuple[FakeStepFunctions, list[Callable[[], Task]]]:
    """Return a fake with a task that waits for a week, and one function for each client."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)
    return sfn, [lambda name=name: OPERATIONS[name](client(sfn)) for name in names]  # type: ignore[misc]


def run_every_order(*names: str) -> Iterator[Finished]:
    """Run every order, and yield each outcome at once, so that memory stays flat."""
    finished: list[Finished] = []

    def run(choices: Sequence[int]) -> list[int]:
        sfn, operations = set_up_clients(*names)
        results, options = interleave(sfn, operations, choices)
        finished.append((sfn, results))
        return options

    for _ in every_order(run):
        yield finished.pop()


def run_some_orders(*names: str, count: int) -> Iterator[Finished]:
    """Run `count` orders, the same in each run, and yield each outcome."""
    random = Random(count)
    for _ in range(count):
        sfn, operations = set_up_clients(*names)
        results, _ = interleave(sfn, operations, random.choices(range(len(names)), k=MOST_CALLS))
        yield sfn, results


def check_two_reschedules(sfn: FakeStepFunctions, results: list[Any]) -> None:
    """Check that one task waits, and is called at the later one's time."""
    assert waiting_generations(sfn) == [3]
    last = max(results, key=lambda task: task.generation)
    assert client(sfn).get(KEY) == last
    sfn.clock.forward(WEEK)
    assert [(call.time, call.event["a"]) for call in sfn.calls] == [(last.due, last.payload["a"])]


def check_two_equal_reschedules(sfn: FakeStepFunctions, results: list[Any]) -> None:
    """Check that one task waits, at the time that both clients got."""
    assert len(waiting_generations(sfn)) == 1
    assert {task.due for task in results} == {client(sfn).get(KEY).due}


def check_reschedule_and_cancel(sfn: FakeStepFunctions, results: list[Any]) -> None:
    """Check that no task waits, and that both clients got a true answer."""
    rescheduled, cancelled = results
    assert cancelled.status is Status.CANCELLED
    assert isinstance(rescheduled, Task | TooLate | KeyUsedUp)
    assert waiting_generations(sfn) == []
    assert client(sfn).get(KEY).status is Status.CANCELLED


def check_reschedule_and_get(sfn: FakeStepFunctions, results: list[Any]) -> None:
    """Check that the moved task waits, and that the lookup saw a waiting task."""
    rescheduled, seen = results
    assert waiting_generations(sfn) == [2]
    assert client(sfn).get(KEY) == rescheduled
    assert seen.status is Status.WAITING


def check_killed_clients(sfn: FakeStepFunctions, names: Sequence[str], results: Sequence[Any]) -> None:
    """Check that the next lookup finds at most one task, and that none is lost."""
    is_cancelled = any(isinstance(result, Task) and result.status is Status.CANCELLED for result in results)
    if "cancel" not in names:
        assert waiting_generations(sfn), "a task is never lost"
    seen = client(sfn).get(KEY).status
    assert seen in {Status.WAITING, Status.CANCELLED}
    assert len(waiting_generations(sfn)) == (1 if seen is Status.WAITING else 0)
    if is_cancelled and "cancel" in names:
        assert seen is Status.CANCELLED
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == (1 if seen is Status.WAITING else 0)
