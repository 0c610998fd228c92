"""Orders of all participants, with faults: as many as take a second. test_interleavings.py has the others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.task_table.machine import StoreMachine
from tests.unit.task_table.scenarios import (
    PAIRS,
    Build,
    move_and_hasten,
    move_and_let_pass,
    move_twice,
    run_all,
    run_mix,
)

SLOW = (move_and_hasten, move_and_let_pass, move_twice)

TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@settings(deadline=None)
@given(st.integers(0))
def test_random_order_of_all_participants_violates_nothing(seed: int) -> None:
    """Two clients, two drains or sweeps and two workers in a random order, with up to four faults."""
    run_mix(seed)


@pytest.mark.parametrize("scenario", [each for each in PAIRS if each not in SLOW])
def test_no_order_of_a_scenario_violates_an_invariant(scenario: Build) -> None:
    """Every order of a scenario without faults holds what table.md promises."""
    assert run_all(scenario) > 0
