"""Recovery of executions and state machines after a crash."""

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


def list_payloads(harness: Harness) -> list[Any]:
    """Return the payloads of the calls so far."""
    return [call.parameters["Payload"] for call in harness.tasks.calls]  # type: ignore[index,call-overload]


async def test_acknowledged_execution_and_its_history_survive_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Recovery adds no event."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 11})
        history = harness.history(execution)
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.now(execution) == execution
        assert harness.history(execution) == history


async def test_waiting_execution_continues_at_its_due_time(clock: ManualClock, tmp_path: Path) -> None:
    """The restart neither shortens the wait nor restarts it, and the wait ends once."""
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


async def test_overdue_executions_continue_in_order_of_due_time(clock: ManualClock, tmp_path: Path) -> None:
    """They continue at once, regardless of the order of their starts."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(DELAYED)
        for seconds in (30, 10, 20):
            await harness.start(arn, {"expirydate": seconds})
        left = harness.crash(tmp_path / "b")
    clock.advance(timedelta(days=1))
    async with running(left, clock) as harness:
        await harness.settle()
        assert [payload["expirydate"] for payload in list_payloads(harness)] == [10, 20, 30]


async def test_call_in_flight_is_repeated_without_an_event(clock: ManualClock, tmp_path: Path) -> None:
    """The second call completes the execution; the history has one call."""
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 0, "a": 1})
        await harness.settle()
        assert list_payloads(harness) == [{"expirydate": 0, "a": 1}]
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.types(execution) == CALLED
        harness.tasks.will_return({"Payload": "done"})
        await harness.settle()
        assert list_payloads(harness) == [{"expirydate": 0, "a": 1}]
        assert harness.types(execution) == [
            *CALLED,
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]


async def test_failed_repetition_of_a_call_fails_its_execution_alone(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A random parameter may fail the second time; the engine starts nevertheless."""
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


async def test_ended_executions_survive_a_crash_unchanged(clock: ManualClock, tmp_path: Path) -> None:
    """Output, error and cause are kept, and no call is repeated."""
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


async def test_retries_survive_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """Attempts before the crash count."""
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


async def test_endless_loop_continues_after_a_crash(
    clock: ManualClock, tmp_path: Path, most_events: int
) -> None:
    """It ends with a full history without a gap."""
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
        assert [event["id"] for event in harness.history(execution)] == list(range(1, most_events + 1))


async def test_unacknowledged_start_leaves_no_trace(clock: ManualClock, tmp_path: Path) -> None:
    """After a crash before the commit its name is free."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        starting = asyncio.create_task(harness.start(arn, {"expirydate": 11}, "order-42"))
        await asyncio.sleep(0)
        left = harness.crash(tmp_path / "b")
        await starting
    async with running(left, clock) as harness:
        assert names(harness, arn) == []
        assert (await harness.start(arn, {"expirydate": 12}, "order-42")).name == "order-42"


async def test_names_stay_taken_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """The same request returns the same execution; another input is refused."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        execution = await harness.start(arn, {"expirydate": 11}, "order-42")
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert await harness.start(arn, {"expirydate": 11}, "order-42") == execution
        with pytest.raises(ExecutionAlreadyExists):
            await harness.start(arn, {"expirydate": 12}, "order-42")


async def test_numbers_are_not_reused_after_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """Executions started after the crash are listed before earlier ones."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await harness.start(arn, {"expirydate": 11}, "first")
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.start(arn, {"expirydate": 11}, "second")
        assert names(harness, arn) == ["second", "first"]


async def test_updated_state_machine_survives_a_crash(clock: ManualClock, tmp_path: Path) -> None:
    """A running execution keeps its definition."""
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
        assert (await settle(harness, await harness.start(arn))).status is Status.SUCCEEDED


async def settle(harness: DiskHarness, execution: Execution) -> Execution:
    """Let an execution continue as far as it can, and return it."""
    await harness.settle()
    return harness.now(execution)


async def test_deleted_state_machine_stays_deleted(clock: ManualClock, tmp_path: Path) -> None:
    """Its executions are gone, and its name is free."""
    async with running(tmp_path / "a", clock) as harness:
        arn = await harness.create(WAIT_ONLY)
        await settle(harness, await harness.start(arn, {"expirydate": 0}))
        await harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        with pytest.raises(StateMachineDoesNotExist):
            harness.engine.catalog.find(arn)
        assert await harness.create(WAIT_ONLY) == arn
        assert names(harness, arn) == []


async def test_deleting_state_machine_goes_with_its_last_execution_after_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Meanwhile it refuses new executions."""
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


async def test_due_time_between_milliseconds_is_not_early_after_a_restart(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Records round it up to a whole millisecond."""
    until = "2026-11-24T09:30:01.000001Z"
    async with running(tmp_path / "a", clock) as harness:
        execution = await harness.run({"Wait": {"Type": "Wait", "Timestamp": until, "End": True}})
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        await harness.skip(1)
        assert harness.now(execution).status is Status.RUNNING
        await harness.skip(0.001)
        assert harness.now(execution).status is Status.SUCCEEDED


async def test_closing_engine_leaves_new_calls_to_the_next(clock: ManualClock, tmp_path: Path) -> None:
    """It could not wait for a call that is planned while it closes."""
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


async def test_start_returns_despite_a_simultaneous_deletion(clock: ManualClock, tmp_path: Path) -> None:
    """The execution ends at once, so the state machine may go before the start is on disk."""
    async with running(tmp_path, clock) as harness:
        arn = await harness.create({"Done": {"Type": "Succeed"}})
        start = ExecutionOperations(harness.engine, Paging(harness.clock)).start(
            {"stateMachineArn": arn, "name": "order-42"}
        )
        delete = harness.engine.catalog.delete(harness.engine.catalog.find(arn))
        answer, _ = await asyncio.gather(start, delete)
        assert answer["executionArn"].endswith(":order-42")


async def test_regular_restart_keeps_executions(clock: ManualClock, tmp_path: Path) -> None:
    """Closing leaves no log, and the next start continues."""
    async with running(tmp_path, clock) as harness:
        execution = await harness.run(DELAYED, {"expirydate": 11})
    assert not (tmp_path / LOG).exists()
    async with running(tmp_path, clock) as harness:
        await harness.skip(11)
        assert harness.types(execution) == CALLED


async def test_executions_expire_after_their_retention(clock: ManualClock, tmp_path: Path) -> None:
    """Running executions are kept, and a removed execution does not count as damage."""
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


async def test_shared_definition_of_two_revisions_survives_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """A change of the role alone is a revision."""
    async with running(tmp_path / "a", clock) as harness:
        catalog = harness.engine.catalog
        arn = await harness.create(WAIT_ONLY)
        machine = catalog.find(arn)
        setup = replace(machine.revision.setup, role_arn=f"{ROLE}Other")
        await catalog.update(machine, setup, clock.now())
        left = harness.crash(tmp_path / "b")
    async with running(left, clock) as harness:
        assert harness.engine.catalog.find(arn).revision.setup.role_arn == f"{ROLE}Other"


async def test_execution_of_an_unreadable_definition_blocks_no_others(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays as it is for a version that understands it, and the log names it."""
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
    """Deleted ones stay deleted, and the number of a deleted version is not reused."""
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
    """Update a state machine, and publish its new revision."""
    catalog, now = harness.engine.catalog, harness.clock.now()
    machine = catalog.find(arn)
    setup = replace(machine.revision.setup, role_arn=f"{machine.revision.setup.role_arn}-")
    changed, _ = await catalog.update(machine, setup, now)
    return await harness.engine.versions.publish(changed, Publication(), None, now)


async def test_execution_of_an_alias_keeps_its_version_after_a_crash(
    clock: ManualClock, tmp_path: Path
) -> None:
    """The version and the alias may be deleted meanwhile."""
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


async def test_update_and_its_publication_are_one_commit(clock: ManualClock, tmp_path: Path) -> None:
    """No crash can separate them."""
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
