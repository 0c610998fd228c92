"""The package's own client in every order of small scenarios. test_real_client.py has more."""

from collections.abc import Callable
from typing import Any

import pytest

from delay.table.placing import Placer
from delay.table.scheduling import Scheduler
from tests.unit.task_table.mutations import AheadTable
from tests.unit.task_table.real_client import SKEWS, RealModel
from tests.unit.task_table.scenarios import (
    Build,
    be_punctual,
    cancel_and_work,
    move_and_work,
    redrive_and_work,
    replace_and_cancel,
    run_all,
    run_mix,
    schedule_after_cancel,
    schedule_and_work,
    schedule_twice,
    stall_and_die,
    stall_and_lose_the_table,
)
from tests.unit.task_table.simulation import Violation


@pytest.mark.parametrize(
    "scenario", [be_punctual, cancel_and_work, move_and_work, redrive_and_work, replace_and_cancel]
)
def test_no_order_of_the_client_violates_an_invariant(scenario: Build) -> None:
    """Every order of the client's requests and its neighbours' holds what table.md promises."""
    assert run_all(scenario, RealModel()) > 0


@pytest.mark.parametrize("scenario", [schedule_after_cancel, schedule_and_work, stall_and_die])
def test_no_order_with_a_fault_of_the_client_violates_an_invariant(scenario: Build) -> None:
    """The client may be killed, lose an answer or get none at each request, in every order."""
    assert run_all(scenario, RealModel(), faults=1) > 0


@pytest.mark.parametrize("ahead", SKEWS)
def test_wrong_clock_of_a_client_violates_nothing(ahead: float) -> None:
    """Two clients schedule a task by clocks that differ from the table's."""
    assert run_all(schedule_twice, RealModel(ahead=ahead)) > 0


@pytest.mark.parametrize("seed", range(20))
def test_random_order_of_real_clients_violates_nothing(seed: int) -> None:
    """Two clients, two drains or sweeps and two workers in a random order, with up to four faults."""
    run_mix(seed, RealModel(ahead=SKEWS[seed % len(SKEWS)]))


@pytest.mark.parametrize(
    ("owner", "method", "broken", "scenario"),
    [
        (Placer, "send_passed", lambda *_: None, be_punctual),
        (Placer, "_catch_up", lambda _, slot_row, __: slot_row, stall_and_lose_the_table),
        (Scheduler, "accept", lambda self, prepared, row: self.build_task(row, prepared), stall_and_die),
        (Scheduler, "find_differences", lambda *_: [], schedule_after_cancel),
    ],
    ids=["message before the horizon", "slot ahead", "message for a duplicate", "other task of the key"],
)
def test_model_finds_a_broken_rule_of_the_client(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, broken: Callable[..., Any], scenario: Build
) -> None:
    """Some order violates an invariant if a method of the client is replaced."""
    monkeypatch.setattr(owner, method, broken)
    with pytest.raises(Violation):
        run_all(scenario, RealModel(world={"wrap": AheadTable}))
