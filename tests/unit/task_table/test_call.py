"""Calls: what a worker does with each message and each end."""

import json
from dataclasses import replace

import pytest

from task_table.call import Delete, Return
from task_table.key_row import KeyRow, RowStatus
from task_table.message import MAX_INLINE_BYTES
from task_table.transitions import claim, release
from tests.unit.task_table.clients import Client, Rules
from tests.unit.task_table.scenarios import KEY, raise_error
from tests.unit.task_table.simulation import SETTINGS, START, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world, Rules())


def read_row(world: World) -> KeyRow:
    """Return the row of the task."""
    row = world.rows.get(KEY)
    assert row is not None
    return row


def process(world: World) -> Delete | Return:
    """Have a worker process the first message."""
    return world.build_worker([]).process(world.messages.messages[0].body)


@pytest.mark.parametrize(
    ("result", "text"),
    [(None, "null"), ({"é": 1}, '{"é":1}'), ("\ud800", '"\\ud800"'), ("x" * 2000, None)],
)
def test_result_is_kept_if_it_fits(world: World, client: Client, result: object, text: str | None) -> None:
    """The JSON text of a result is in the row, but for one that would cost another write unit."""
    world.behavior = lambda _: result
    client.schedule(KEY, START)
    assert process(world) == Delete()
    assert (read_row(world).status, read_row(world).result) == (RowStatus.SUCCEEDED, text)


def test_result_that_is_no_json_fails_the_attempt(world: World, client: Client) -> None:
    """A result without JSON text is an error of the function."""
    world.behavior = lambda _: object()
    client.schedule(KEY, START)
    assert process(world) == Return(10)
    assert read_row(world).error == "TypeError"


def test_failed_attempt_is_repeated_later(world: World, client: Client) -> None:
    """A failed attempt releases the lease, and the last one ends as FAILED with a letter."""
    world.behavior = raise_error
    client.schedule(KEY, START)
    assert process(world) == Return(10)
    assert (read_row(world).status, read_row(world).lease) == (RowStatus.RUNNING, 0)
    assert process(world) == Delete()
    assert read_row(world).status is RowStatus.FAILED
    assert [json.loads(letter)["error"] for letter in world.letters] == ["ValueError"]


def test_duplicate_message_of_a_failed_task_sends_its_letter_again(world: World, client: Client) -> None:
    """The worker that recorded the failure may have died before it sent the letter, so there may be two."""
    world.behavior = raise_error
    client.schedule(KEY, START)
    message = world.messages.messages[0].body
    process(world)
    process(world)
    assert world.build_worker([]).process(message) == Delete()
    letter, repeated = world.letters
    assert repeated == letter


@pytest.mark.parametrize("body", ["no JSON", "{}", "x" * 1_000_000])
def test_unreadable_message_becomes_a_letter(world: World, body: str) -> None:
    """A message that no participant has sent goes to the dead-letter queue, cut to what SQS accepts."""
    assert world.build_worker([]).process(body) == Delete()
    (letter,) = world.letters
    assert json.loads(letter)["unreadable"][:50] == body[:50]
    assert len(letter) < 200_000


def test_large_payload_comes_from_the_slot_row(world: World, client: Client) -> None:
    """The function gets a payload that was too large for the message."""
    client.schedule(KEY, START, json.dumps({"text": "x" * MAX_INLINE_BYTES}))
    assert process(world) == Delete()
    assert read_row(world).status is RowStatus.SUCCEEDED


def test_missing_payload_is_a_failed_attempt(world: World, client: Client) -> None:
    """A task whose slot row was deleted fails with the reason, instead of being received for ever."""
    client.schedule(KEY, START, json.dumps({"text": "x" * MAX_INLINE_BYTES}))
    world.rows.items[read_row(world).slot].clear()
    process(world)
    assert read_row(world).error == "LookupError"


def test_early_message_is_given_back_until_its_second(world: World, client: Client) -> None:
    """A message that comes early is given back before any claim."""
    client.schedule(KEY, START + 30)
    assert process(world) == Return(30)
    assert read_row(world).status is RowStatus.WAITING


def test_message_of_a_held_task_is_given_back_until_the_lease_ends(world: World, client: Client) -> None:
    """A duplicate stays in the queue while another worker holds the task, because that one may die."""
    client.schedule(KEY, START)
    hold(world)
    assert process(world) == Return(SETTINGS.lease_seconds + 1)


def test_lease_that_runs_out_after_the_refusal_does_not_fail_the_task(world: World, client: Client) -> None:
    """A worker that reads its clock again after the lease has ended does not use up the other attempts."""
    client.schedule(KEY, START)
    hold(world)
    times = iter([START + 75, START + 75])
    world.read_function_clock = lambda: next(times, START + 76)  # type: ignore[method-assign]
    assert process(world) == Return(1)
    assert read_row(world).status is RowStatus.RUNNING


def hold(world: World) -> None:
    """Have another worker claim the task."""
    world.rows.write(claim(KEY, read_row(world).token, "other", START, SETTINGS))


def test_called_row_expires_after_the_queue_has_forgotten_its_message() -> None:
    """Without records of ends, the claim has the row deleted in the end. A failed attempt takes that back."""
    settings = replace(SETTINGS, records_end=False)
    world = World(settings=settings)
    Client(world, Rules()).schedule(KEY, START)
    process(world)
    row = read_row(world)
    assert (row.status, row.expires) == (RowStatus.CALLED, START + 75 + SETTINGS.keep_seconds + 14 * 86_400)
    world.rows.write(release(row, "E", "c"))
    assert read_row(world).expires is None
    world.rows.write(claim(KEY, row.token, "other", START, settings))
    assert (read_row(world).error, read_row(world).cause) == (None, None)
