"""What is there again after a crash, and what goes on from there."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.endpoints.states.execution import ExecutionOperations
from stepfunctions_local.endpoints.states.paging import Paging
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.errors import (
    ExecutionAlreadyExists,
    StateMachineDeleting,
    StateMachineDoesNotExist,
)
from stepfunctions_local.engine.execution.execution import Execution, Status
from stepfunctions_local.engine.machines.alias import Route
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.machines.version import Publication, Version
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.language import Failure
from tests.unit.engine.disk import DATABASE, LOG, DiskHarness, running
from tests.unit.engine.harness import NOW, ROLE, Harness

CALL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
}
DELAYED: dict[str, Any] = {
    "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Call"},
    "Call": {**CALL, "End": True},
}
WAIT_ONLY: dict[str, Any] = {"Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "End": True}}
CALLED = [
    "ExecutionStarted",
    "WaitStateEntered",
    "WaitStateExited",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def called_with(harness: Harness) -> list[Any]:
    """Return the payloads of the calls that were made."""
    return [call.parameters["Payload"] for call in harness.tasks.calls]  # type: ignore[index,call-overload]


async def test_an_acknowledged_execution_is_back_with_its_history(clock: ManualClock, tmp_path: Path) -> None:
    """Everything that was known of it is known again, and recovery adds no event of its own."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 11})
        history = harness.history(execution)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.now(execution) == execution
        assert harness.history(execution) == history


async def test_an_execution_that_waits_on_fires_at_its_own_time(clock: ManualClock, tmp_path: Path) -> None:
    """The restart neither shortens the wait nor begins it anew, and the wait ends once."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(WAIT_ONLY, {"expirydate": 11})
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=10.999))
    async with running(left, clock) as harness:
        await harness.settle()
        assert harness.now(execution).status is Status.RUNNING
        await harness.skip(0.001)
        assert harness.now(execution).status is Status.SUCCEEDED
        assert harness.types(execution).count("WaitStateExited") == 1


async def test_what_fell_due_meanwhile_fires_at_once_the_oldest_first(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The order is that of the due times, whatever was started first."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(DELAYED)
        for seconds in (30, 10, 20):
            await harness.start(arn, {"expirydate": seconds})
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert [payload["expirydate"] for payload in called_with(harness)] == [10, 20, 30]


async def test_a_call_in_flight_is_made_again_and_nothing_is_written_for_it(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The second call's answer ends the execution; the history knows one call."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 0, "a": 1})
        await harness.settle()
        assert called_with(harness) == [{"expirydate": 0, "a": 1}]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.types(execution) == CALLED
        harness.tasks.will_return({"Payload": "done"})
        await harness.settle()
        assert called_with(harness) == [{"expirydate": 0, "a": 1}]
        assert harness.types(execution) == [
            *CALLED,
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]


async def test_a_repeated_call_that_cannot_be_made_any_more_ends_its_execution_alone(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A parameter that draws lots may fail the second time; the engine starts all the same."""
    lots = "States.ArrayGetItem($.list, States.MathRandom(0, 1000))"
    parameters = {"FunctionName": "f", "Payload": {"drawn.$": lots}}
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create({"Call": {**CALL, "Parameters": parameters, "End": True}})
        drawing = [await harness.start(arn, {"list": list(range(500))}) for _ in range(20)]
        calling = [execution for execution in drawing if not harness.now(execution).stopped]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.settle()
        statuses = {harness.now(execution).status for execution in calling}
        assert statuses == {Status.FAILED, Status.RUNNING}


async def test_what_has_ended_stays_as_it_ended(clock: ManualClock, tmp_path: Path) -> None:
    """Output, error and cause included; nothing of it is done again."""
    async with running(tmp_path / "a", clock) as harness:
        harness.tasks.will_return({"Payload": "done"})
        succeeded = await harness.run(DELAYED, {"expirydate": 0})
        await harness.settle()
        aborted = await harness.start(await harness.create(DELAYED), {"expirydate": 11})
        await harness.engine.stop(harness.engine.arn(aborted), "Why", "Because")
        before = [harness.now(execution) for execution in (succeeded, aborted)]
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert [harness.now(execution) for execution in (succeeded, aborted)] == before
        assert [execution.status for execution in before] == [Status.SUCCEEDED, Status.ABORTED]
        assert not harness.tasks.calls


async def test_a_retry_goes_on_counting_where_it_was(clock: ManualClock, tmp_path: Path) -> None:
    """Attempts made before the crash are not given back."""
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1}
    failure = Failure("Busy", "later")
    async with running(tmp_path / "a", clock) as harness:
        harness.tasks.outcomes.append(failure)
        execution = await harness.run({"Call": {**CALL, "Retry": [retry], "End": True}})
        await harness.settle()
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        harness.tasks.outcomes.append(failure)
        await harness.skip(9.999)
        assert not harness.tasks.calls
        await harness.skip(0.001)
        assert harness.now(execution).error == "Busy"


async def test_a_long_stretch_goes_on_where_it_was_cut(clock: ManualClock, tmp_path: Path) -> None:
    """An endless loop is taken up in the middle and ends with a full history, without a gap."""
    way_out = {"Variable": "$.enough", "IsPresent": True, "Next": "C"}
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [way_out], "Default": "A"},
        "C": {"Type": "Succeed"},
    }
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(loop)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        while not harness.now(execution).stopped:
            await harness.settle()
        assert [event["id"] for event in harness.history(execution)] == list(range(1, 25_001))


async def test_what_was_not_acknowledged_may_be_gone(clock: ManualClock, tmp_path: Path) -> None:
    """A crash before the commit leaves no trace of a start, and its name is free."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        starting = asyncio.create_task(harness.start(arn, {"expirydate": 11}, "order-42"))
        await asyncio.sleep(0)
        left = harness.crash(tmp_path / "b")
        await starting
    async with running(left, clock) as harness:
        assert names(harness, arn) == []
        assert (await harness.start(arn, {"expirydate": 12}, "order-42")).name == "order-42"


async def test_names_stay_taken(clock: ManualClock, tmp_path: Path) -> None:
    """The same call finds the same execution after the crash, another is refused."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        execution = await harness.start(arn, {"expirydate": 11}, "order-42")
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert await harness.start(arn, {"expirydate": 11}, "order-42") == execution
        with pytest.raises(ExecutionAlreadyExists):
            await harness.start(arn, {"expirydate": 12}, "order-42")


async def test_numbers_are_not_given_twice(clock: ManualClock, tmp_path: Path) -> None:
    """What is started after the crash is listed before what was started earlier."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await harness.start(arn, {"expirydate": 11}, "first")
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.start(arn, {"expirydate": 11}, "second")
        assert names(harness, arn) == ["second", "first"]


async def test_state_machines_are_as_they_were_last_changed(clock: ManualClock, tmp_path: Path) -> None:
    """An execution that runs keeps the definition that it began with."""
    async with running(tmp_path / "a", clock) as harness:
        catalog = harness.engine.catalog
        arn = await harness.create(WAIT_ONLY)
        execution = await harness.start(arn, {"expirydate": 11})
        definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        changed, _ = await catalog.update(catalog.find(arn), Setup(definition, ROLE), clock.now())
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.engine.catalog.find(arn) == changed
        await harness.skip(11)
        assert "WaitStateExited" in harness.types(execution)
        assert (await ended(harness, await harness.start(arn))).status is Status.SUCCEEDED


async def ended(harness: DiskHarness, execution: Execution) -> Execution:
    """Let an execution go on as far as it can, and return it."""
    await harness.settle()
    return harness.now(execution)


async def test_a_deleted_state_machine_stays_deleted(clock: ManualClock, tmp_path: Path) -> None:
    """With its executions; the name is free."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await ended(harness, await harness.start(arn, {"expirydate": 0}))
        await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        with pytest.raises(StateMachineDoesNotExist):
            harness.engine.catalog.find(arn)
        assert await harness.create(WAIT_ONLY) == arn
        assert names(harness, arn) == []


async def test_a_state_machine_that_is_being_deleted_still_goes_with_its_last_execution(
    clock: ManualClock, tmp_path: Path
) -> None:
    """After the crash it takes no new executions, and is gone when the last one has ended."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await harness.start(arn, {"expirydate": 11})
        await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        with pytest.raises(StateMachineDeleting):
            await harness.start(arn, {"expirydate": 1})
        await harness.skip(11)
        assert harness.engine.catalog.all() == []
        left = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        assert harness.engine.catalog.all() == []


async def test_a_due_time_between_two_milliseconds_is_not_early_after_a_restart(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Records hold whole milliseconds, so they hold the next one."""
    until = "2026-11-24T09:30:01.000001Z"
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run({"Wait": {"Type": "Wait", "Timestamp": until, "End": True}})
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(1)
        assert harness.now(execution).status is Status.RUNNING
        await harness.skip(0.001)
        assert harness.now(execution).status is Status.SUCCEEDED


async def test_an_engine_that_closes_makes_no_call_that_it_could_not_wait_for(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A call whose plan is written while the engine closes is made by the next engine, not by this one."""
    async with running(tmp_path / "a", clock) as harness:
        await harness.create({"Call": {**CALL, "End": True}})
        tasks = harness.tasks
        machine = harness.engine.catalog.all()[0]
        starting = asyncio.create_task(harness.engine.start(Target(machine), None, "{}"))
        await asyncio.sleep(0)
    await starting
    assert not tasks.calls
    async with running(tmp_path / "a", clock) as harness:
        await harness.settle()
        assert len(harness.tasks.calls) == 1


async def test_a_start_is_answered_though_its_state_machine_is_deleted_meanwhile(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The execution has ended at once, so the machine may go before the start is on disk."""
    async with running(tmp_path, clock) as harness:
        arn = await harness.create({"Done": {"Type": "Succeed"}})
        start = ExecutionOperations(harness.engine, Paging(harness.clock)).start(
            {"stateMachineArn": arn, "name": "order-42"}
        )
        delete = harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        answer, _ = await asyncio.gather(start, delete)
        assert answer["executionArn"].endswith(":order-42")


async def test_a_restart_in_peace_keeps_everything_too(clock: ManualClock, tmp_path: Path) -> None:
    """Closing leaves no log behind, and the next start takes it up."""
    async with running(tmp_path, clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 11})
    assert not (tmp_path / LOG).exists()
    async with running(tmp_path, clock) as harness:
        await harness.skip(11)
        assert harness.types(execution) == CALLED


async def test_executions_are_forgotten_some_days_after_their_end(clock: ManualClock, tmp_path: Path) -> None:
    """One that still runs is kept, however old; what was removed is not taken for damage."""
    async with running(tmp_path, clock, retention=timedelta(days=3)) as harness:
        arn = await harness.create(WAIT_ONLY)
        for name, seconds in (("short", 60), ("long", 9_000_000)):
            await harness.start(arn, {"expirydate": seconds}, name)
        await harness.skip(60)
    clock.advance(timedelta(days=3))
    async with running(tmp_path, clock, retention=timedelta(days=3)) as harness:
        await harness.settle()
        assert names(harness, arn) == ["short", "long"]
    clock.advance(timedelta(milliseconds=1))
    async with running(tmp_path, clock, retention=timedelta(days=3)) as harness:
        await harness.settle()
        assert names(harness, arn) == ["long"]
        await harness.start(arn, {"expirydate": 1, "again": True}, "short")
    async with running(tmp_path, clock) as harness:
        assert names(harness, arn) == ["short", "long"]


def names(harness: DiskHarness, arn: str) -> list[str]:
    """Return the names of a state machine's executions, the latest first."""
    found = harness.engine.executions(Wanted(harness.engine.catalog.find(arn).id), 10)
    return [execution.name for execution in found]


async def test_a_definition_that_two_revisions_share_survives(clock: ManualClock, tmp_path: Path) -> None:
    """A change of the role alone is a revision of its own."""
    async with running(tmp_path / "a", clock) as harness:
        catalog = harness.engine.catalog
        arn = await harness.create(WAIT_ONLY)
        machine = catalog.find(arn)
        setup = replace(machine.revision.setup, role_arn=f"{ROLE}Other")
        await catalog.update(machine, setup, clock.now())
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.engine.catalog.find(arn).revision.setup.role_arn == f"{ROLE}Other"


async def test_an_execution_whose_definition_is_no_longer_understood_holds_up_no_other(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays where it is, and the log says so: another version may know what it means."""
    async with running(tmp_path, clock) as harness:
        odd = await harness.start(await harness.create(WAIT_ONLY, "odd"), {"expirydate": 10})
        called = await harness.start(await harness.create({"Call": {**CALL, "End": True}}, "odd too"))
        good = await harness.start(await harness.create(WAIT_ONLY, "good"), {"expirydate": 11})
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("UPDATE revisions SET definition = '{}' WHERE id < 3")
    async with running(tmp_path, clock) as harness:
        await harness.skip(11)
        statuses = [harness.now(execution).status for execution in (odd, called, good)]
        assert statuses == [Status.RUNNING, Status.RUNNING, Status.SUCCEEDED]
        assert odd.name in caplog.text


async def test_versions_aliases_and_tags_survive_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """With what was deleted gone, and the number of a deleted version not given again."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await publish(harness, arn)
        await publish(harness, arn)
        machine = harness.engine.catalog.find(arn)
        for name in ("live", "gone"):
            await harness.engine.aliases.create(machine, name, (Route(1, 100),), "words", clock.now())
            machine = harness.engine.catalog.find(arn)
        await harness.engine.aliases.update(
            machine, machine.aliases["live"], (Route(1, 40), Route(2, 60)), None, clock.now()
        )
        await harness.engine.aliases.delete(harness.engine.catalog.find(arn), "gone")
        third = await publish(harness, arn)
        await harness.engine.versions.delete(harness.engine.catalog.find(arn), third.number)
        await harness.engine.catalog.tag(harness.engine.catalog.find(arn), {"team": "Zürich"})
        before = harness.engine.catalog.find(arn)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        after = harness.engine.catalog.find(arn)
        assert after == before
        assert (list(after.versions), list(after.aliases)) == ([1, 2], ["live"])
        assert (await publish(harness, arn)).number == 4


async def publish(harness: DiskHarness, arn: str) -> Version:
    """Give a state machine a new revision, and publish it."""
    catalog, now = harness.engine.catalog, harness.clock.now()
    machine = catalog.find(arn)
    setup = replace(machine.revision.setup, role_arn=f"{machine.revision.setup.role_arn}-")
    changed, _ = await catalog.update(machine, setup, now)
    return await harness.engine.versions.publish(changed, Publication(), None, now)


async def test_an_execution_of_an_alias_keeps_its_version_over_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Though version and alias are deleted meanwhile."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        version = await publish(harness, arn)
        machine = harness.engine.catalog.find(arn)
        await harness.engine.aliases.create(machine, "live", (Route(version.number, 100),), None, clock.now())
        execution = await harness.engine.start(
            harness.engine.catalog.target(f"{arn}:live"), None, '{"expirydate":9}'
        )
        succeed = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        await harness.engine.catalog.update(
            harness.engine.catalog.find(arn), Setup(succeed, ROLE), clock.now()
        )
        await harness.engine.aliases.delete(harness.engine.catalog.find(arn), "live")
        await harness.engine.versions.delete(harness.engine.catalog.find(arn), version.number)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(9)
        now = harness.now(execution)
        assert (now.status, now.version, now.alias) == (Status.SUCCEEDED, 1, "live")
        assert "WaitStateExited" in harness.types(execution)


async def test_an_update_and_what_it_publishes_are_written_at_once(
    clock: ManualClock, tmp_path: Path
) -> None:
    """No crash can come between them."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        catalog = harness.engine.catalog
        setup = replace(catalog.find(arn).revision.setup, role_arn=f"{ROLE}Other")
        updating = asyncio.create_task(
            catalog.update(catalog.find(arn), setup, clock.now(), Publication("x"))
        )
        await asyncio.sleep(0)
        left = harness.crash(tmp_path / "b")
        await updating
        whole = harness.crash(tmp_path / "c")
    async with running(left, clock) as harness:
        machine = harness.engine.catalog.find(arn)
        assert (machine.revision.setup.role_arn, machine.versions) == (ROLE, {})
    async with running(whole, clock) as harness:
        machine = harness.engine.catalog.find(arn)
        published = machine.published_version
        assert machine.revision.setup.role_arn == f"{ROLE}Other"
        assert published
        assert published.description == "x"
