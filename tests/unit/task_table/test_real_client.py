"""The package's own client in every order of the scenarios, with faults, and in many random ones."""

import pytest
from hypothesis import settings

from tests.unit.task_table.machine import StoreMachine
from tests.unit.task_table.real_client import SKEWS, RealClient, RealModel
from tests.unit.task_table.scenarios import (
    PAIRS,
    Build,
    move_and_hasten,
    move_twice,
    redrive_and_expire,
    run_all,
    run_mix,
    run_some,
)

pytestmark = pytest.mark.slow

MANY = (move_and_hasten, move_twice)
"""Scenarios with too many orders once there are faults."""

ALL = [each for each in PAIRS if each is not redrive_and_expire]
"""For the client, a task whose time to be deleted has come has no row: it refuses to redrive it."""


class RealStoreMachine(StoreMachine):
    """The same with the package's client."""

    def __init__(self) -> None:
        super().__init__()
        self.client = RealClient(self.world)


TestRealStore = RealStoreMachine.TestCase
TestRealStore.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


@pytest.mark.parametrize("scenario", [each for each in ALL if each not in MANY])
def test_no_order_with_a_fault_of_the_client_violates_an_invariant(scenario: Build) -> None:
    """The client may be killed, lose an answer or get none at each request, in every order."""
    assert run_all(scenario, RealModel(), faults=1) > 0


@pytest.mark.parametrize("scenario", MANY)
def test_no_order_of_many_requests_violates_an_invariant(scenario: Build) -> None:
    """Every order without faults, and some with three, hold what table.md promises."""
    assert run_all(scenario, RealModel()) > 0
    run_some(scenario, 500, RealModel())


@pytest.mark.parametrize("ahead", SKEWS)
def test_random_orders_of_real_clients_violate_nothing(ahead: float) -> None:
    """Two clients, two drains or sweeps and two workers in random orders, with up to four faults."""
    for seed in range(500):
        run_mix(seed, RealModel(ahead=ahead))
