"""Two clients change the same task at the same time, in every order of their calls."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from delay import Delay, Status, Task, TooLate
from delay.testing import FakeStepFunctions
from tests.unit.delay.executions.interleaving import every_order, interleave
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, schedule_task, waiting_generations

Operation = Callable[[Delay], Task]

OPERATIONS: dict[str, Operation] = {
    "reschedule": lambda delay: delay.reschedule(KEY, after=HOUR),
    "another reschedule": lambda delay: delay.reschedule(KEY, after=2 * HOUR),
    "cancel": lambda delay: delay.cancel(KEY),
    "get": lambda delay: delay.get(KEY),
}


def set_up_clients(*names: str) -> tuple[FakeStepFunctions, list[Callable[[], Task]]]:
    """Return a fake with a task that waits for a week, and one function for each client."""
    sfn = FakeStepFunctions()
    schedule_task(sfn)
    return sfn, [lambda name=name: OPERATIONS[name](client(sfn)) for name in names]  # type: ignore[misc]


def run_every_order(*names: str) -> Iterator[tuple[FakeStepFunctions, list[Any]]]:
    """Run every order, and yield each outcome at once, so that memory stays flat."""
    finished: list[tuple[FakeStepFunctions, list[Any]]] = []

    def run(choices: Sequence[int]) -> list[int]:
        sfn, operations = set_up_clients(*names)
        results, options = interleave(sfn, operations, choices)
        finished.append((sfn, results))
        return options

    for _ in every_order(run):
        yield finished.pop()


def test_two_reschedules_leave_one_task() -> None:
    """Both clients return the moved task, and the later one's time is kept."""
    orders = 0
    for sfn, results in run_every_order("reschedule", "another reschedule"):
        orders += 1
        assert waiting_generations(sfn) == [3]
        last = max(results, key=lambda task: task.generation)
        assert client(sfn).get(KEY) == last
        sfn.clock.forward(WEEK)
        assert [call.time for call in sfn.calls] == [last.due]
    assert orders > 1000


def test_two_equal_reschedules_leave_one_task() -> None:
    """A request can be repeated while it is in progress."""
    for sfn, results in run_every_order("reschedule", "reschedule"):
        assert len(waiting_generations(sfn)) == 1
        assert {task.due for task in results} == {client(sfn).get(KEY).due}


def test_task_cancelled_during_a_reschedule_is_cancelled() -> None:
    """In every order, no generation is left and both clients get a true answer."""
    for sfn, (rescheduled, cancelled) in run_every_order("reschedule", "cancel"):
        assert cancelled.status is Status.CANCELLED
        assert isinstance(rescheduled, Task | TooLate)
        assert waiting_generations(sfn) == []
        assert client(sfn).get(KEY).status is Status.CANCELLED


def test_lookup_during_a_reschedule_does_not_disturb_it() -> None:
    """The lookup reconciles a reschedule that is half done."""
    for sfn, (rescheduled, seen) in run_every_order("reschedule", "get"):
        assert waiting_generations(sfn) == [2]
        assert client(sfn).get(KEY) == rescheduled
        assert seen.status is Status.WAITING


@settings(max_examples=300, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=2, max_size=3),
    choices=st.lists(st.integers(0, 2), max_size=40),
    killed=st.lists(st.integers(0, 15), min_size=3, max_size=3),
)
def test_killed_clients_lose_no_task(names: list[str], choices: list[int], killed: list[int]) -> None:
    """Two or three clients run in any order, and any may be killed. A lookup then finds at most one task."""
    sfn, operations = set_up_clients(*names)
    results, _ = interleave(sfn, operations, choices, killed[: len(operations)])
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
