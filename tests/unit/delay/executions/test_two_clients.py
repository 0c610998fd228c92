"""Two clients that change the same task at the same time: every order of their calls."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from delay import Delay, Status, Task, TooLate
from delay.testing import FakeStepFunctions
from tests.unit.delay.executions.interleaving import every_order, take_turns
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, scheduled, waiting

Operation = Callable[[Delay], Task]

OPERATIONS: dict[str, Operation] = {
    "reschedule": lambda delay: delay.reschedule(KEY, after=HOUR),
    "another reschedule": lambda delay: delay.reschedule(KEY, after=2 * HOUR),
    "cancel": lambda delay: delay.cancel(KEY),
    "get": lambda delay: delay.get(KEY),
}


def together(*names: str) -> tuple[FakeStepFunctions, list[Callable[[], Task]]]:
    """Set the clients up, with a task that waits for a week."""
    sfn = FakeStepFunctions()
    scheduled(sfn)
    return sfn, [lambda name=name: OPERATIONS[name](client(sfn)) for name in names]  # type: ignore[misc]


def outcomes(*names: str) -> Iterator[tuple[FakeStepFunctions, list[Any]]]:
    """Run every order, and yield what came of it; kept until the end it would only be in the way."""
    came: list[tuple[FakeStepFunctions, list[Any]]] = []

    def run(choices: Sequence[int]) -> list[int]:
        sfn, works = together(*names)
        results, options = take_turns(sfn, works, choices)
        came.append((sfn, results))
        return options

    for _ in every_order(run):
        yield came.pop()


def test_two_reschedules_end_with_one_task() -> None:
    """Each says that it moved the task, and the later one's time is kept."""
    orders = 0
    for sfn, results in outcomes("reschedule", "another reschedule"):
        orders += 1
        assert waiting(sfn) == [3]
        last = max(results, key=lambda task: task.generation)
        assert client(sfn).get(KEY) == last
        sfn.clock.forward(WEEK)
        assert [call.time for call in sfn.calls] == [last.due]
    assert orders > 1000


def test_two_equal_reschedules_end_with_one_task() -> None:
    """A request that is repeated while it is under way."""
    for sfn, results in outcomes("reschedule", "reschedule"):
        assert len(waiting(sfn)) == 1
        assert {task.due for task in results} == {client(sfn).get(KEY).due}


def test_a_task_that_is_cancelled_while_it_is_moved_is_cancelled() -> None:
    """Whoever comes first: none is left, and nobody was told otherwise."""
    for sfn, (moved, cancelled) in outcomes("reschedule", "cancel"):
        assert cancelled.status is Status.CANCELLED
        assert isinstance(moved, Task | TooLate)
        assert waiting(sfn) == []
        assert client(sfn).get(KEY).status is Status.CANCELLED


def test_looking_while_a_task_is_moved_disturbs_nothing() -> None:
    """Though who looks mends what is seen half done."""
    for sfn, (moved, seen) in outcomes("reschedule", "get"):
        assert waiting(sfn) == [2]
        assert client(sfn).get(KEY) == moved
        assert seen.status is Status.WAITING


@settings(max_examples=300, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=2, max_size=3),
    choices=st.lists(st.integers(0, 2), max_size=40),
    killed=st.lists(st.integers(0, 15), min_size=3, max_size=3),
)
def test_clients_that_are_killed_meanwhile_lose_nothing(
    names: list[str], choices: list[int], killed: list[int]
) -> None:
    """Any two or three, in any order, each killed at a call or not: the next look finds one task at most."""
    sfn, works = together(*names)
    results, _ = take_turns(sfn, works, choices, killed[: len(works)])
    is_cancelled = any(isinstance(result, Task) and result.status is Status.CANCELLED for result in results)
    if "cancel" not in names:
        assert waiting(sfn), "a task is never lost"
    seen = client(sfn).get(KEY).status
    assert seen in {Status.WAITING, Status.CANCELLED}
    assert len(waiting(sfn)) == (1 if seen is Status.WAITING else 0)
    if is_cancelled and "cancel" in names:
        assert seen is Status.CANCELLED
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == (1 if seen is Status.WAITING else 0)
