"""Counts of executions, and waiting ones by due time: the statements read each position once."""

from contextlib import closing
from datetime import timedelta

import pytest

from stepfunctions_local.engine.execution.branch import BITS
from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.records.listing import Count, DueWindow, Named
from stepfunctions_local.engine.records.schema import connect
from stepfunctions_local.engine.records.store import _SQL
from tests.unit.engine.harness import Harness

WAIT = {"Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Call"}}
CALL = {"Call": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}}
FORK = {
    "Fork": {
        "Type": "Parallel",
        "End": True,
        "Branches": [{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}],
    }
}
FIRST = (-(2**63), 0)


async def test_waiting_executions_are_told_from_running_ones(harness: Harness) -> None:
    """One whose branches wait counts as running. All and those of an empty prefix are counted alike."""
    arn = await harness.create(WAIT | CALL)
    forked = await harness.create(FORK, "forked")
    for name, seconds in (("a-1", 0), ("a-2", 60), ("b-1", 60), ("b-2", 120)):
        await harness.start(arn, {"seconds": seconds}, name)
    await harness.start(forked, {}, "a-3")
    await harness.skip(1)
    machine = harness.engine.catalog.find(arn)
    await harness.engine.stop(harness.engine.arns.execution("test", "b-2"), None, None)
    counts = {
        (each.status, each.is_waiting): each.executions for each in harness.engine.count(Named(machine.id))
    }
    assert counts == {(Status.RUNNING, True): 2, (Status.RUNNING, False): 1, (Status.ABORTED, False): 1}
    assert harness.engine.count(Named(machine.id, "b-1")) == [
        Count(Status.RUNNING, is_waiting=True, executions=1)
    ]
    fork = harness.engine.catalog.find(forked)
    assert harness.engine.count(Named(fork.id)) == [Count(Status.RUNNING, is_waiting=False, executions=1)]
    window = DueWindow(harness.clock.now(), harness.clock.now() + timedelta(days=1))
    found = list(harness.engine.waiting(Named(machine.id), window, 9, FIRST))
    assert [execution.name for _, execution in found] == ["a-2", "b-1"]
    rest = harness.engine.waiting(Named(machine.id), window, 9, found[0][0])
    assert [execution.name for _, execution in rest] == ["b-1"]
    assert list(harness.engine.waiting(Named(fork.id), window, 9, FIRST)) == []


@pytest.mark.parametrize("name", ["counts", "counts_named", "waiting"])
def test_statement_finds_the_other_table_by_its_primary_key(name: str) -> None:
    """SQLite once read all positions for each execution: minutes for 300,000."""
    parameters = dict.fromkeys(
        ("now", "state_machine", "due_from", "due_until", "due_after", "id_after", "limit", "running"), 1
    )
    query = "EXPLAIN QUERY PLAN " + _SQL[name].format(bits=BITS)
    with closing(connect(None)) as database:
        plan = [row[3] for row in database.execute(query, parameters | {"first": "", "last": "z"})]
    assert sum("USING INTEGER PRIMARY KEY" in step for step in plan) == 1, plan
