"""Filters and order of listed executions."""

from datetime import timedelta
from random import Random

import pytest

from stepfunctions_local.engine.execution.execution import Status
from stepfunctions_local.engine.machines.alias import Route
from stepfunctions_local.engine.machines.version import Publication
from stepfunctions_local.engine.records.listing import BEFORE_ALL, Wanted, place
from tests.unit.engine.harness import Harness

WAIT = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}


def list_names(harness: Harness, wanted: Wanted, page_size: int = 100) -> list[str]:
    """Return the names of the wanted executions, read page by page."""
    found, after = [], BEFORE_ALL
    while page := harness.engine.executions(wanted, page_size, after):
        assert len(page) <= page_size
        found += [execution.name for execution in page]
        after = place(page[-1])
    return found


async def test_list_sorts_ended_executions_by_end_and_running_ones_by_start(harness: Harness) -> None:
    """AWS sorts them so; at equal times the later started execution comes first."""
    arn = await harness.create(WAIT)
    for seconds in (30, 10, 20, 99):
        await harness.start(arn, {"expirydate": seconds}, f"for {seconds}")
        await harness.skip(1)
    await harness.skip(30)
    await harness.start(arn, {"expirydate": 99}, "latest")
    await harness.start(arn, {"expirydate": 99}, "latest of all")
    machine = harness.engine.catalog.find(arn)
    everything = ["latest of all", "latest", "for 20", "for 10", "for 30", "for 99"]
    assert list_names(harness, Wanted(machine.id)) == everything
    assert list_names(harness, Wanted(machine.id, status=Status.RUNNING)) == [
        "latest of all",
        "latest",
        "for 99",
    ]


@pytest.mark.parametrize("page_size", [1, 2, 7])
async def test_pages_return_each_execution_once_and_in_order(harness: Harness, page_size: int) -> None:
    """Many executions begin or end at the same moment."""
    random = Random(7)
    arn = await harness.create(WAIT)
    for number in range(60):
        await harness.start(arn, {"expirydate": random.randrange(6)}, f"n{number}")
        if random.random() < 0.3:
            await harness.skip(1)
    machine = harness.engine.catalog.find(arn)
    everything = harness.engine.executions(Wanted(machine.id), 100)
    assert {execution.status for execution in everything} == {Status.RUNNING, Status.SUCCEEDED}
    assert [place(execution) for execution in everything] == sorted(map(place, everything), reverse=True)
    assert list_names(harness, Wanted(machine.id), page_size) == [execution.name for execution in everything]


async def test_list_sorts_a_redriven_execution_by_its_redrive(harness: Harness) -> None:
    """The filter for redriven executions finds it."""
    arn = await harness.create(WAIT)
    first = await harness.start(arn, {"expirydate": 99}, "first")
    await harness.engine.stop(harness.engine.arn(first), None, None)
    await harness.skip(1)
    await harness.start(arn, {"expirydate": 99}, "second")
    machine = harness.engine.catalog.find(arn)
    assert list_names(harness, Wanted(machine.id)) == ["second", "first"]
    harness.clock.advance(timedelta(seconds=1))
    await harness.engine.redrive(harness.engine.arn(first))
    assert list_names(harness, Wanted(machine.id)) == ["first", "second"]
    assert list_names(harness, Wanted(machine.id, redriven=True)) == ["first"]
    assert list_names(harness, Wanted(machine.id, redriven=False)) == ["second"]


async def test_list_filters_by_state_machine_version_or_alias(harness: Harness) -> None:
    """An execution started through an alias belongs to its version, too."""
    arn = await harness.create(WAIT)
    catalog, now = harness.engine.catalog, harness.clock.now()
    await harness.engine.versions.publish(catalog.find(arn), Publication(), None, now)
    await harness.engine.aliases.create(catalog.find(arn), "live", (Route(1, 100),), None, now)
    for qualified in (arn, f"{arn}:1", f"{arn}:live"):
        await harness.engine.start(catalog.target(qualified), qualified.removeprefix(arn) or "plain", "{}")
    listed = {
        qualifier: list_names(harness, Wanted.of(catalog.target(f"{arn}{qualifier}"), None, None))
        for qualifier in ("", ":1", ":live")
    }
    assert listed == {"": [":live", ":1", "plain"], ":1": [":live", ":1"], ":live": [":live"]}
