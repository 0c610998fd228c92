"""Two clients change the same task at the same time, in every order of their calls."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delay.testing import FakeStepFunctions
from tests.unit.delay.executions.interleaving import interleave
from tests.unit.delay.executions.two_clients import (
    OPERATIONS,
    check_killed_clients,
    check_reschedule_and_cancel,
    check_reschedule_and_get,
    check_two_equal_reschedules,
    check_two_reschedules,
    run_every_order,
    run_some_orders,
    set_up_clients,
)

pytestmark = pytest.mark.slow


def test_two_reschedules_leave_one_task() -> None:
    """Both clients return the moved task, and the later one's time is kept."""
    orders = 0
    for sfn, results in run_every_order("reschedule", "another reschedule"):
        orders += 1
        check_two_reschedules(sfn, results)
    assert orders > 1000


def test_two_equal_reschedules_leave_one_task() -> None:
    """A request can be repeated while it is in progress."""
    for sfn, results in run_every_order("reschedule", "reschedule"):
        check_two_equal_reschedules(sfn, results)


def test_task_cancelled_during_a_reschedule_is_cancelled() -> None:
    """In every order, no generation is left and both clients get a true answer."""
    for sfn, results in run_every_order("reschedule", "cancel"):
        check_reschedule_and_cancel(sfn, results)


def test_lookup_during_a_reschedule_does_not_disturb_it() -> None:
    """The lookup reconciles a reschedule that is half done."""
    for sfn, results in run_every_order("reschedule", "get"):
        check_reschedule_and_get(sfn, results)


@pytest.mark.parametrize(
    ("other", "check"),
    [
        ("another replace", check_two_reschedules),
        ("replace", check_two_equal_reschedules),
        ("reschedule", check_two_reschedules),
        ("cancel", check_reschedule_and_cancel),
        ("get", check_reschedule_and_get),
    ],
)
def test_replacement_and_another_change_leave_at_most_one_task(
    other: str, check: Callable[[FakeStepFunctions, list[Any]], None]
) -> None:
    """In a thousand of the orders of their calls."""
    for sfn, results in run_some_orders("replace", other, count=1000):
        check(sfn, results)


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=2, max_size=3),
    choices=st.lists(st.integers(0, 2), max_size=40),
    killed=st.lists(st.integers(0, 15), min_size=3, max_size=3),
)
def test_killed_clients_lose_no_task(names: list[str], choices: list[int], killed: list[int]) -> None:
    """Two or three clients run in any order, and any may be killed. A lookup then finds at most one task."""
    sfn, operations = set_up_clients(*names)
    results, _ = interleave(sfn, operations, choices, killed[: len(operations)])
    check_killed_clients(sfn, names, results)
