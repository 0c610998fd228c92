"""The model finds a violation when one rule of the protocol is taken out, and none otherwise."""

import pytest

from tests.unit.task_table.interleaving import WRITES, Fault, Process
from tests.unit.task_table.mutations import MUTATIONS, NO_OWN_CLAIM, NO_OWN_CREATION, Mutation
from tests.unit.task_table.scenarios import KEY, Model, act, run_all, work
from tests.unit.task_table.simulation import START, Violation, World


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_model_finds_the_missing_rule(mutation: Mutation) -> None:
    """Some order of the scenario violates an invariant when the rule is taken out."""
    with pytest.raises(Violation):
        run_all(mutation.scenario, mutation.model, mutation.faults)


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_whole_model_has_no_violation(mutation: Mutation) -> None:
    """No order of the same scenario violates an invariant with all rules."""
    assert run_all(mutation.scenario, Model()) > 0


def test_worker_that_does_not_know_its_own_claim_wastes_an_attempt() -> None:
    """Without the rule of one's own claim, a lost answer costs a lease and an attempt."""
    assert [count_attempts(model) for model in (Model(), NO_OWN_CLAIM)] == [[1], []]


def count_attempts(model: Model) -> list[int]:
    """Return the attempts that the calls show at once, if each answer is lost."""
    world = model.build()
    model.client(world).schedule(KEY, START)
    lose_answers(work(world))
    return [call.row.attempts for call in world.log.calls]


def test_client_that_does_not_know_its_own_creation_is_told_a_lie() -> None:
    """Without the rule of one's own write, a client is told that its move was refused."""
    assert [is_move_acknowledged(model) for model in (Model(), NO_OWN_CREATION)] == [True, False]


def is_move_acknowledged(model: Model) -> bool:
    """Return whether a move is acknowledged, if each answer is lost."""
    world = model.build()
    model.client(world).schedule(KEY, START + 1000)
    lose_answers(act("client", lambda: model.client(world).reschedule(KEY, START + 2000)))
    return bool(world.log.superseded)


def lose_answers(process: Process) -> None:
    """Run a process, whose writes are all carried out twice."""
    while not process.is_over:
        if process.waits_for in WRITES:
            process.step(Fault.LOSE)
        process.step()


def test_world_reports_a_lost_task() -> None:
    """An acknowledged task without a row is a violation."""
    world = World()
    world.log.acknowledged[KEY] = "made"
    with pytest.raises(Violation, match="has no row"):
        world.recover()
