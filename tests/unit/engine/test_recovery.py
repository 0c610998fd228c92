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
from tests.unit.engine.bench import NOW, ROLE, Bench
from tests.unit.engine.disk import DATABASE, LOG, DiskBench, running

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


def called_with(bench: Bench) -> list[Any]:
    """Return the payloads of the calls that were made."""
    return [call.parameters["Payload"] for call in bench.tasks.calls]  # type: ignore[index,call-overload]


async def test_an_acknowledged_execution_is_back_with_its_history(clock: ManualClock, tmp_path: Path) -> None:
    """Everything that was known of it is known again, and recovery adds no event of its own."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(DELAYED, {"expirydate": 11})
        history = bench.history(execution)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert bench.now(execution) == execution
        assert bench.history(execution) == history


async def test_an_execution_that_waits_on_fires_at_its_own_time(clock: ManualClock, tmp_path: Path) -> None:
    """The restart neither shortens the wait nor begins it anew, and the wait ends once."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(WAIT_ONLY, {"expirydate": 11})
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(seconds=10.999))
    async with running(left, clock) as bench:
        await bench.settle()
        assert bench.now(execution).status is Status.RUNNING
        await bench.skip(0.001)
        assert bench.now(execution).status is Status.SUCCEEDED
        assert bench.types(execution).count("WaitStateExited") == 1


async def test_what_fell_due_meanwhile_fires_at_once_the_oldest_first(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The order is that of the due times, whatever was started first."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(DELAYED)
        for seconds in (30, 10, 20):
            await bench.start(arn, {"expirydate": seconds})
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as bench:
        await bench.settle()
        assert [payload["expirydate"] for payload in called_with(bench)] == [10, 20, 30]


async def test_a_call_in_flight_is_made_again_and_nothing_is_written_for_it(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The second call's answer ends the execution; the history knows one call."""
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(DELAYED, {"expirydate": 0, "a": 1})
        await bench.settle()
        assert called_with(bench) == [{"expirydate": 0, "a": 1}]
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert bench.types(execution) == CALLED
        bench.tasks.will_return({"Payload": "done"})
        await bench.settle()
        assert called_with(bench) == [{"expirydate": 0, "a": 1}]
        assert bench.types(execution) == [
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
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create({"Call": {**CALL, "Parameters": parameters, "End": True}})
        drawing = [await bench.start(arn, {"list": list(range(500))}) for _ in range(20)]
        calling = [execution for execution in drawing if not bench.now(execution).stopped]
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.settle()
        statuses = {bench.now(execution).status for execution in calling}
        assert statuses == {Status.FAILED, Status.RUNNING}


async def test_what_has_ended_stays_as_it_ended(clock: ManualClock, tmp_path: Path) -> None:
    """Output, error and cause included; nothing of it is done again."""
    async with running(tmp_path / "a", clock) as bench:
        bench.tasks.will_return({"Payload": "done"})
        succeeded = await bench.run(DELAYED, {"expirydate": 0})
        await bench.settle()
        aborted = await bench.start(await bench.create(DELAYED), {"expirydate": 11})
        await bench.engine.stop(bench.engine.arn(aborted), "Why", "Because")
        before = [bench.now(execution) for execution in (succeeded, aborted)]
        left = bench.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as bench:
        await bench.settle()
        assert [bench.now(execution) for execution in (succeeded, aborted)] == before
        assert [execution.status for execution in before] == [Status.SUCCEEDED, Status.ABORTED]
        assert not bench.tasks.calls


async def test_a_retry_goes_on_counting_where_it_was(clock: ManualClock, tmp_path: Path) -> None:
    """Attempts made before the crash are not given back."""
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1}
    failure = Failure("Busy", "later")
    async with running(tmp_path / "a", clock) as bench:
        bench.tasks.outcomes.append(failure)
        execution = await bench.run({"Call": {**CALL, "Retry": [retry], "End": True}})
        await bench.settle()
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        bench.tasks.outcomes.append(failure)
        await bench.skip(9.999)
        assert not bench.tasks.calls
        await bench.skip(0.001)
        assert bench.now(execution).error == "Busy"


async def test_a_long_stretch_goes_on_where_it_was_cut(clock: ManualClock, tmp_path: Path) -> None:
    """An endless loop is taken up in the middle and ends with a full history, without a gap."""
    way_out = {"Variable": "$.enough", "IsPresent": True, "Next": "C"}
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [way_out], "Default": "A"},
        "C": {"Type": "Succeed"},
    }
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run(loop)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        while not bench.now(execution).stopped:
            await bench.settle()
        assert [event["id"] for event in bench.history(execution)] == list(range(1, 25_001))


async def test_what_was_not_acknowledged_may_be_gone(clock: ManualClock, tmp_path: Path) -> None:
    """A crash before the commit leaves no trace of a start, and its name is free."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        starting = asyncio.create_task(bench.start(arn, {"expirydate": 11}, "order-42"))
        await asyncio.sleep(0)
        left = bench.crash(tmp_path / "b")
        await starting
    async with running(left, clock) as bench:
        assert names(bench, arn) == []
        assert (await bench.start(arn, {"expirydate": 12}, "order-42")).name == "order-42"


async def test_names_stay_taken(clock: ManualClock, tmp_path: Path) -> None:
    """The same call finds the same execution after the crash, another is refused."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        execution = await bench.start(arn, {"expirydate": 11}, "order-42")
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert await bench.start(arn, {"expirydate": 11}, "order-42") == execution
        with pytest.raises(ExecutionAlreadyExists):
            await bench.start(arn, {"expirydate": 12}, "order-42")


async def test_numbers_are_not_given_twice(clock: ManualClock, tmp_path: Path) -> None:
    """What is started after the crash is listed before what was started earlier."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        await bench.start(arn, {"expirydate": 11}, "first")
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.start(arn, {"expirydate": 11}, "second")
        assert names(bench, arn) == ["second", "first"]


async def test_state_machines_are_as_they_were_last_changed(clock: ManualClock, tmp_path: Path) -> None:
    """An execution that runs keeps the definition that it began with."""
    async with running(tmp_path / "a", clock) as bench:
        catalog = bench.engine.catalog
        arn = await bench.create(WAIT_ONLY)
        execution = await bench.start(arn, {"expirydate": 11})
        definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        changed, _ = await catalog.update(catalog.find(arn), Setup(definition, ROLE), clock.now())
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert bench.engine.catalog.find(arn) == changed
        await bench.skip(11)
        assert "WaitStateExited" in bench.types(execution)
        assert (await ended(bench, await bench.start(arn))).status is Status.SUCCEEDED


async def ended(bench: DiskBench, execution: Execution) -> Execution:
    """Let an execution go on as far as it can, and return it."""
    await bench.settle()
    return bench.now(execution)


async def test_a_deleted_state_machine_stays_deleted(clock: ManualClock, tmp_path: Path) -> None:
    """With its executions; the name is free."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        await ended(bench, await bench.start(arn, {"expirydate": 0}))
        await bench.engine.catalog.delete(bench.engine.catalog.find(arn))
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        with pytest.raises(StateMachineDoesNotExist):
            bench.engine.catalog.find(arn)
        assert await bench.create(WAIT_ONLY) == arn
        assert names(bench, arn) == []


async def test_a_state_machine_that_is_being_deleted_still_goes_with_its_last_execution(
    clock: ManualClock, tmp_path: Path
) -> None:
    """After the crash it takes no new executions, and is gone when the last one has ended."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        await bench.start(arn, {"expirydate": 11})
        await bench.engine.catalog.delete(bench.engine.catalog.find(arn))
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        with pytest.raises(StateMachineDeleting):
            await bench.start(arn, {"expirydate": 1})
        await bench.skip(11)
        assert bench.engine.catalog.all() == []
        left = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        assert bench.engine.catalog.all() == []


async def test_a_due_time_between_two_milliseconds_is_not_early_after_a_restart(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Records hold whole milliseconds, so they hold the next one."""
    until = "2026-11-24T09:30:01.000001Z"
    async with running(tmp_path / "a", clock) as bench:
        execution = await bench.run({"Wait": {"Type": "Wait", "Timestamp": until, "End": True}})
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(1)
        assert bench.now(execution).status is Status.RUNNING
        await bench.skip(0.001)
        assert bench.now(execution).status is Status.SUCCEEDED


async def test_an_engine_that_closes_makes_no_call_that_it_could_not_wait_for(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A call whose plan is written while the engine closes is made by the next engine, not by this one."""
    async with running(tmp_path / "a", clock) as bench:
        await bench.create({"Call": {**CALL, "End": True}})
        tasks = bench.tasks
        machine = bench.engine.catalog.all()[0]
        starting = asyncio.create_task(bench.engine.start(Target(machine), None, "{}"))
        await asyncio.sleep(0)
    await starting
    assert not tasks.calls
    async with running(tmp_path / "a", clock) as bench:
        await bench.settle()
        assert len(bench.tasks.calls) == 1


async def test_a_start_is_answered_though_its_state_machine_is_deleted_meanwhile(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The execution has ended at once, so the machine may go before the start is on disk."""
    async with running(tmp_path, clock) as bench:
        arn = await bench.create({"Done": {"Type": "Succeed"}})
        start = ExecutionOperations(bench.engine, Paging(bench.clock)).start(
            {"stateMachineArn": arn, "name": "order-42"}
        )
        delete = bench.engine.catalog.delete(bench.engine.catalog.find(arn))
        answer, _ = await asyncio.gather(start, delete)
        assert answer["executionArn"].endswith(":order-42")


async def test_a_restart_in_peace_keeps_everything_too(clock: ManualClock, tmp_path: Path) -> None:
    """Closing leaves no log behind, and the next start takes it up."""
    async with running(tmp_path, clock) as bench:
        execution = await bench.run(DELAYED, {"expirydate": 11})
    assert not (tmp_path / LOG).exists()
    async with running(tmp_path, clock) as bench:
        await bench.skip(11)
        assert bench.types(execution) == CALLED


async def test_executions_are_forgotten_some_days_after_their_end(clock: ManualClock, tmp_path: Path) -> None:
    """One that still runs is kept, however old; what was removed is not taken for damage."""
    async with running(tmp_path, clock, retention=timedelta(days=3)) as bench:
        arn = await bench.create(WAIT_ONLY)
        for name, seconds in (("short", 60), ("long", 9_000_000)):
            await bench.start(arn, {"expirydate": seconds}, name)
        await bench.skip(60)
    clock.advance(timedelta(days=3))
    async with running(tmp_path, clock, retention=timedelta(days=3)) as bench:
        await bench.settle()
        assert names(bench, arn) == ["short", "long"]
    clock.advance(timedelta(milliseconds=1))
    async with running(tmp_path, clock, retention=timedelta(days=3)) as bench:
        await bench.settle()
        assert names(bench, arn) == ["long"]
        await bench.start(arn, {"expirydate": 1, "again": True}, "short")
    async with running(tmp_path, clock) as bench:
        assert names(bench, arn) == ["short", "long"]


def names(bench: DiskBench, arn: str) -> list[str]:
    """Return the names of a state machine's executions, the latest first."""
    found = bench.engine.executions(Wanted(bench.engine.catalog.find(arn).id), 10)
    return [execution.name for execution in found]


async def test_a_definition_that_two_revisions_share_survives(clock: ManualClock, tmp_path: Path) -> None:
    """A change of the role alone is a revision of its own."""
    async with running(tmp_path / "a", clock) as bench:
        catalog = bench.engine.catalog
        arn = await bench.create(WAIT_ONLY)
        machine = catalog.find(arn)
        setup = replace(machine.revision.setup, role_arn=f"{ROLE}Other")
        await catalog.update(machine, setup, clock.now())
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        assert bench.engine.catalog.find(arn).revision.setup.role_arn == f"{ROLE}Other"


async def test_an_execution_whose_definition_is_no_longer_understood_holds_up_no_other(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays where it is, and the log says so: another version may know what it means."""
    async with running(tmp_path, clock) as bench:
        odd = await bench.start(await bench.create(WAIT_ONLY, "odd"), {"expirydate": 10})
        called = await bench.start(await bench.create({"Call": {**CALL, "End": True}}, "odd too"))
        good = await bench.start(await bench.create(WAIT_ONLY, "good"), {"expirydate": 11})
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("UPDATE revisions SET definition = '{}' WHERE id < 3")
    async with running(tmp_path, clock) as bench:
        await bench.skip(11)
        statuses = [bench.now(execution).status for execution in (odd, called, good)]
        assert statuses == [Status.RUNNING, Status.RUNNING, Status.SUCCEEDED]
        assert odd.name in caplog.text


async def test_versions_aliases_and_tags_survive_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """With what was deleted gone, and the number of a deleted version not given again."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        await publish(bench, arn)
        await publish(bench, arn)
        machine = bench.engine.catalog.find(arn)
        for name in ("live", "gone"):
            await bench.engine.aliases.create(machine, name, (Route(1, 100),), "words", clock.now())
            machine = bench.engine.catalog.find(arn)
        await bench.engine.aliases.update(
            machine, machine.aliases["live"], (Route(1, 40), Route(2, 60)), None, clock.now()
        )
        await bench.engine.aliases.delete(bench.engine.catalog.find(arn), "gone")
        third = await publish(bench, arn)
        await bench.engine.versions.delete(bench.engine.catalog.find(arn), third.number)
        await bench.engine.catalog.tag(bench.engine.catalog.find(arn), {"team": "Zürich"})
        before = bench.engine.catalog.find(arn)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        after = bench.engine.catalog.find(arn)
        assert after == before
        assert (list(after.versions), list(after.aliases)) == ([1, 2], ["live"])
        assert (await publish(bench, arn)).number == 4


async def publish(bench: DiskBench, arn: str) -> Version:
    """Give a state machine a new revision, and publish it."""
    catalog, now = bench.engine.catalog, bench.clock.now()
    machine = catalog.find(arn)
    setup = replace(machine.revision.setup, role_arn=f"{machine.revision.setup.role_arn}-")
    changed, _ = await catalog.update(machine, setup, now)
    return await bench.engine.versions.publish(changed, Publication(), None, now)


async def test_an_execution_of_an_alias_keeps_its_version_over_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Though version and alias are deleted meanwhile."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        version = await publish(bench, arn)
        machine = bench.engine.catalog.find(arn)
        await bench.engine.aliases.create(machine, "live", (Route(version.number, 100),), None, clock.now())
        execution = await bench.engine.start(
            bench.engine.catalog.target(f"{arn}:live"), None, '{"expirydate":9}'
        )
        succeed = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        await bench.engine.catalog.update(bench.engine.catalog.find(arn), Setup(succeed, ROLE), clock.now())
        await bench.engine.aliases.delete(bench.engine.catalog.find(arn), "live")
        await bench.engine.versions.delete(bench.engine.catalog.find(arn), version.number)
        left = bench.crash(tmp_path / "b")
    async with running(left, clock) as bench:
        await bench.skip(9)
        now = bench.now(execution)
        assert (now.status, now.version, now.alias) == (Status.SUCCEEDED, 1, "live")
        assert "WaitStateExited" in bench.types(execution)


async def test_an_update_and_what_it_publishes_are_written_at_once(
    clock: ManualClock, tmp_path: Path
) -> None:
    """No crash can come between them."""
    async with running(tmp_path / "a", clock) as bench:
        arn = await bench.create(WAIT_ONLY)
        catalog = bench.engine.catalog
        setup = replace(catalog.find(arn).revision.setup, role_arn=f"{ROLE}Other")
        updating = asyncio.create_task(
            catalog.update(catalog.find(arn), setup, clock.now(), Publication("x"))
        )
        await asyncio.sleep(0)
        left = bench.crash(tmp_path / "b")
        await updating
        whole = bench.crash(tmp_path / "c")
    async with running(left, clock) as bench:
        machine = bench.engine.catalog.find(arn)
        assert (machine.revision.setup.role_arn, machine.versions) == (ROLE, {})
    async with running(whole, clock) as bench:
        machine = bench.engine.catalog.find(arn)
        published = machine.published_version
        assert machine.revision.setup.role_arn == f"{ROLE}Other"
        assert published
        assert published.description == "x"
