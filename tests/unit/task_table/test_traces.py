"""The eleven traces that broke the first draft of the protocol: each is a test by name."""

from __future__ import annotations

import json

import pytest

from task_table.key_row import RowStatus
from task_table.slot_row import RETENTION_SECONDS
from task_table.transitions import create, is_own, redrive
from task_table.write import Refused
from tests.unit.task_table.clients import Client, Denied, Rules
from tests.unit.task_table.interleaving import Process
from tests.unit.task_table.rows import build_key_row, build_slot_row
from tests.unit.task_table.scenarios import (
    KEY,
    act,
    crash_in_each_call,
    lose_the_table,
    move_and_let_pass,
    redrive_and_expire,
    run_all,
    schedule_after_cancel,
    work,
    work_twice,
)
from tests.unit.task_table.simulation import SETTINGS, START, Sent, World
from tests.unit.task_table.test_teeth import lose_answers


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world, Rules())


def test_message_redelivered_after_the_recorded_end_does_not_call_again(world: World, client: Client) -> None:
    """A message that comes after the end was recorded is dropped."""
    client.schedule(KEY, START)
    body = world.messages.messages[0].body
    world.deliver()
    world.messages.messages.append(Sent(body, START))
    world.deliver()
    assert len(world.log.calls) == 1
    assert world.messages.messages == []


def test_one_message_at_two_workers_calls_once() -> None:
    """Two workers with the same message never call at once, whatever their order."""
    assert run_all(work_twice) > 50


def test_task_whose_workers_always_die_fails_with_a_letter() -> None:
    """A claim and a crash, again and again, end as FAILED with a letter, not as RUNNING for ever."""
    assert run_all(crash_in_each_call, faults=1) > 1


def test_duplicate_of_a_crashed_schedule_is_called(world: World, client: Client) -> None:
    """A client that finds its task made by a crashed one sends the message before it acknowledges."""
    crashed = act("crashed", lambda: client.schedule(KEY, START))
    while crashed.waits_for != "send":
        crashed.step()
    crashed.kill()
    client.schedule(KEY, START)
    world.deliver()
    assert len(world.log.calls) == 1


def test_same_schedule_after_a_cancel_is_refused(client: Client) -> None:
    """A cancelled task is not taken for the same task: it would never be called."""
    client.schedule(KEY, START + 30)
    client.cancel(KEY)
    with pytest.raises(Denied):
        client.schedule(KEY, START + 30)
    assert run_all(schedule_after_cancel, faults=1) > 1


def test_move_to_a_past_time_is_called_at_once(world: World, client: Client) -> None:
    """A task that is moved to a past time goes into the current slot, and its message is sent."""
    client.schedule(KEY, START + 3000)
    client.reschedule(KEY, START - 3000)
    world.deliver()
    assert [call.row.due for call in world.log.calls] == [START - 3000]


def test_stall_of_hours_between_two_writes_does_not_lose_the_task() -> None:
    """A client may stall between any two writes until all sweeps have passed the slot."""
    assert run_all(move_and_let_pass) > 1


def test_retry_whose_first_answer_was_lost_is_acknowledged(world: World, client: Client) -> None:
    """A client that repeats a write because its answer was lost is not told that it was refused."""
    schedule = Process("client", lambda: client.schedule(KEY, START + 1000))
    lose_answers(schedule)
    lose_answers(Process("client", lambda: client.reschedule(KEY, START + 2000)))
    lose_answers(Process("client", lambda: client.cancel(KEY)))
    row = world.rows.get(KEY)
    assert row is not None
    assert (row.due, row.moves, row.status) == (START + 2000, 1, RowStatus.CANCELLED)


def test_retry_of_a_claim_whose_answer_was_lost_calls(world: World, client: Client) -> None:
    """A worker whose claim was carried out, but whose answer was lost, finds that it holds the task."""
    client.schedule(KEY, START)
    lose_answers(work(world))
    assert [call.row.attempts for call in world.log.calls] == [1]


def test_retry_of_a_creation_never_makes_its_task_again() -> None:
    """A creation that is repeated after its task has ended and expired is refused as one's own."""
    world = World()
    row = build_key_row(key=KEY)
    write = create(row, START)
    ended = {**row.build_attributes(), "status": "SUCCEEDED", "expires": START - 1}
    world.rows.items[row.pk] = {KEY: ended}
    with pytest.raises(Refused) as refused:
        world.rows.write(write)
    assert is_own(write, refused.value.row)


def test_redriven_task_is_not_deleted() -> None:
    """A redrive removes `expires`, by which DynamoDB would delete the living task."""
    assert "expires" in redrive(build_key_row(), build_slot_row(), START).removed
    assert run_all(redrive_and_expire) == 1


def test_slot_row_outlives_a_late_drain(world: World, client: Client) -> None:
    """A drain that is a week behind has the table keep expired rows until it has caught up."""
    client.schedule(KEY, START + 1000)
    world.now += 8 * 86_400
    world.drain_for(pages=1)
    assert not world.rows.expires_rows
    world.now = START + SETTINGS.keep_seconds + RETENTION_SECONDS + 3600
    world.expire()
    world.skip_to(START // 60 + 16)
    world.drain_for(pages=1)
    world.deliver()
    assert len(world.log.calls) == 1
    world.skip_to(int(world.now) // 60)
    world.drain()
    assert world.rows.expires_rows


def test_message_that_sqs_moves_by_itself_does_not_end_its_task() -> None:
    """SQS moves a message after too many receives, and a sweep sends the waiting task again."""
    assert run_all(lose_the_table) == 1


def test_moved_message_is_a_letter_that_names_its_task(world: World, client: Client) -> None:
    """A message in the dead-letter queue names the key and the token, as a letter does."""
    client.schedule(KEY, START)
    row = world.rows.get(KEY)
    assert row is not None
    members = json.loads(world.messages.messages[0].body)
    assert (members["key"], members["token"]) == (KEY, row.token)
