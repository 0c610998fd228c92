"""Two clients change the same task at the same time, in some orders of their calls."""

from collections.abc import Callable
from typing import Any

import pytest

from delay.testing import FakeStepFunctions
from tests.unit.delay.executions.interleaving import interleave
from tests.unit.delay.executions.two_clients import (
    check_killed_clients,
    check_reschedule_and_cancel,
    check_reschedule_and_get,
    check_two_equal_reschedules,
    check_two_reschedules,
    run_some_orders,
    set_up_clients,
)

ORDERS = 40


@pytest.mark.parametrize(
    ("one", "other", "check"),
    [
        ("reschedule", "another reschedule", check_two_reschedules),
        ("reschedule", "reschedule", check_two_equal_reschedules),
        ("reschedule", "cancel", check_reschedule_and_cancel),
        ("reschedule", "get", check_reschedule_and_get),
        ("replace", "another replace", check_two_reschedules),
        ("replace", "replace", check_two_equal_reschedules),
        ("replace", "reschedule", check_two_reschedules),
        ("replace", "cancel", check_reschedule_and_cancel),
        ("replace", "get", check_reschedule_and_get),
    ],
)
def test_two_clients_in_some_orders_leave_at_most_one_task(
    one: str, other: str, check: Callable[[FakeStepFunctions, list[Any]], None]
) -> None:
    """Both clients get a true answer."""
    for sfn, results in run_some_orders(one, other, count=ORDERS):
        check(sfn, results)


@pytest.mark.parametrize("calls", range(4))
def test_client_killed_after_some_calls_loses_no_task(calls: int) -> None:
    """The other client cancels the task meanwhile."""
    names = ("reschedule", "cancel")
    sfn, operations = set_up_clients(*names)
    results, _ = interleave(sfn, operations, [0, 1] * 20, [calls])
    check_killed_clients(sfn, names, results)
