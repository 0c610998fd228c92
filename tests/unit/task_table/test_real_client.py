"""The package's own client in every order of the scenarios, with faults, and in many random ones."""

import pytest
from hypothesis import settings

from tests.unit.task_table.machine import StoreMachine
from tests.unit.task_table.real_client import SKEWS, RealClient, RealModel
from tests.unit.task_table.scenarios import (
    PAIRS,
    Build,
    redrive_and_expire,
    run_mix,
    run_some,
)

pytestmark = pytest.mark.slow

ALL = [each for each in PAIRS if each is not redrive_and_expire]
"""For the client, a task whose time to be deleted has come has no row: it refuses to redrive it."""


class RealStoreMachine(StoreMachine):
    """The same with the package's client."""

    def __init__(self) -> None:
        super().__init__()
        self.client = RealClient(self.world)


TestRealStore = RealStoreMachine.TestCase
TestRealStore.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)


@pytest.mark.parametrize("scenario", ALL)
def test_no_random_order_of_the_client_violates_an_invariant(scenario: Build) -> None:
    """The client may be killed, lose an answer or get none at each request, up to three times."""
    run_some(scenario, 100, RealModel())


@pytest.mark.parametrize("ahead", SKEWS)
def test_random_orders_of_real_clients_violate_nothing(ahead: float) -> None:
    """Two clients, two drains or sweeps and two workers in random orders, with up to four faults."""
    for seed in range(100):
        run_mix(seed, RealModel(ahead=ahead))
