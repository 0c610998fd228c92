"""Orders of all participants, with faults: every one of the small scenarios, and many random ones."""

import pytest
from hypothesis import settings

from tests.unit.task_table.machine import StoreMachine
from tests.unit.task_table.scenarios import (
    PAIRS,
    Build,
    duplicate_and_let_pass,
    move_and_hasten,
    run_all,
    run_mix,
    run_some,
)

pytestmark = pytest.mark.slow

TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


def test_some_orders_with_faults_violate_no_invariant() -> None:
    """A move that meets time and a worker has too many orders with faults, so some are drawn."""
    run_some(move_and_hasten, 200)


@pytest.mark.parametrize("scenario", [each for each in PAIRS if each is not move_and_hasten])
def test_no_order_with_a_fault_violates_an_invariant(scenario: Build) -> None:
    """Each process may be killed, lose an answer or raise at each request, in every order."""
    assert run_all(scenario, faults=1) > 0


def test_no_order_of_two_stalling_clients_loses_their_task() -> None:
    """Two clients schedule the same task in every order, and hours may pass between any two writes."""
    assert run_all(duplicate_and_let_pass) > 0


@pytest.mark.parametrize("block", range(2))
def test_random_orders_of_all_participants_violate_nothing(block: int) -> None:
    """Two clients, two drains or sweeps and two workers in random orders, with up to four faults."""
    for seed in range(block * 500, block * 500 + 500):
        run_mix(seed)
