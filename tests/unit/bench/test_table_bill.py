"""The meter of the table's bill counts what the protocol asks for, and the plan agrees with it."""

import time
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from bench.task_table.bill import Bill
from bench.task_table.meter import READS, WRITES, Account, MeteredTable
from bench.task_table.month import simulate_month
from bench.task_table.simulation import Simulation
from bench.task_table.traffic import Traffic
from delay.planning.facts import Facts
from delay.planning.services.table_store.cost import estimate_table_cost
from delay.planning.workload import Shape, Workload
from task_table.call import Worker
from task_table.cursor import Cursor, SweepCursor
from task_table.drain import Drain
from task_table.dynamodb import DynamoDbTable
from task_table.horizon import LOOK_AHEAD_SECONDS
from task_table.key_row import KeyRow, RowStatus
from task_table.memory import MemoryQueue, MemoryTable
from task_table.ports import Table
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow
from task_table.sweep import AGES_SECONDS, Sweep
from task_table.transitions import cancel, create, move
from task_table.write import Refused
from tests.partiql import partiql_inserts
from tests.unit.bench.wire import MeteredClient

HOUR = 3_600
TABLE = "Tasks"
SETTINGS = Settings(queue_url="q", keep_seconds=HOUR, attempts=4, lease_seconds=75, records_end=True)


@pytest.mark.parametrize(("records_end", "units"), [(False, 3), (True, 4)])
def test_small_task_takes_three_write_units_or_four(units: int, *, records_end: bool) -> None:
    """Its two rows, its claim and, if the table records ends, its end. Drain and sweep write cursors."""
    traffic = Traffic(per_second=1, tasks=60, shape=Shape(200), wait_seconds=HOUR, records_end=records_end)
    bill = Simulation(traffic).run().bill
    assert bill.get(WRITES, "client", "call") == 60 * units
    # Each tick moves the cursors of the drain and of the sweeps; the first ones catch up.
    cursors = bill.get("lambda-request", "drain") * (1 + len(AGES_SECONDS)) + 100
    assert bill.get(WRITES) - 60 * units <= cursors


def test_plan_agrees_with_the_meter() -> None:
    """Few tasks are simulated, so chance moves it a bit."""
    facts = Facts.load("us-east-1")
    traffic = Traffic(per_second=0.4, tasks=100, shape=Shape(300), wait_seconds=2 * HOUR)
    counted = simulate_month(traffic)
    workload = Workload.steady(traffic.per_second, traffic.wait_seconds, traffic.shape)
    planned = sum(line.usd for line in estimate_table_cost(workload, facts).lines if line.number > 0)
    assert counted.bill.compute_usd(facts) == pytest.approx(planned, rel=0.05)


def test_meter_counts_what_the_requests_of_the_real_client_are_billed() -> None:
    """A meter around a boto3 client counts the same for the same tasks in DynamoDB."""
    simulated, real = Bill(), Bill()
    tell_story(MeteredTable(MemoryTable(time.time), Account(simulated, "all")))
    with mock_aws(), partiql_inserts():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client)
        tell_story(DynamoDbTable(cast("Any", MeteredClient(client, real, "all")), TABLE))
    assert simulated.get(WRITES) == real.get(WRITES) > 20
    assert simulated.get(READS) == real.get(READS) > 20


def tell_story(table: Table) -> None:
    """Schedule tasks, cancel one, move one, send and call them, and sweep their slots."""
    now = int(time.time())
    due = now // SECONDS * SECONDS + SECONDS
    queue = MemoryQueue()
    slot_rows = [build_slot_row(number, due) for number in range(6)]
    minute = due // SECONDS
    table.make_cursor(Cursor(drained=minute, queue_url="q", keep_seconds=HOUR, attempts=4, made=due))
    for age in AGES_SECONDS:
        table.make_cursor(SweepCursor(age_seconds=age, swept=minute))
    table.read_clock()
    for row in slot_rows[:3]:
        table.put_slot(row)
        table.write(create(build_key_row(row), now))
    table.put_slots(slot_rows[3:])
    table.insert([build_key_row(row) for row in [slot_rows[0], *slot_rows[3:]]])
    table.write(cancel(require(table, slot_rows[0].key), now, HOUR))
    with pytest.raises(Refused):
        table.write(cancel(require(table, slot_rows[0].key), now, HOUR))
    moved = build_slot_row(1, due, token="f" * 16)
    table.put_slot(moved)
    table.write(move(require(table, moved.key), moved))
    early = float(due - LOOK_AHEAD_SECONDS)
    Drain(table, Sender(queue, lambda: early), lambda: early, SETTINGS, lambda: True).tick()
    worker = Worker(
        table,
        Sender(queue, lambda: float(due)),
        Letters(),
        clock=lambda: float(due),
        settings=SETTINGS,
        handle=lambda _event, _row: "x" * 300,
    )
    for delayed in list(queue.sent):
        worker.process(delayed.message.format())
    sweep(table, due + SECONDS + AGES_SECONDS[0])
    for age in AGES_SECONDS[:-1]:  # to the end: only the last sweep has slots left
        current = table.get_sweep_cursor(age)
        assert current
        table.advance_cursor(current, replace(current, swept=2 * minute))
    sweep(table, due + SECONDS + AGES_SECONDS[-1])


def sweep(table: Table, now: float) -> None:
    sender = Sender(MemoryQueue(), lambda: now)
    Sweep(table, sender, Letters(), clock=lambda: now, settings=SETTINGS, has_time=lambda: True).tick()


class Letters:
    """A dead-letter queue that loses its letters."""

    def send(self, body: str) -> None:
        """Forget a letter."""


def require(table: Table, key: str) -> KeyRow:
    found = table.get(key)
    assert found
    return found


def build_slot_row(number: int, due: int, token: str = "") -> SlotRow:
    token = token or f"{number:016}"
    return SlotRow(
        slot=Slot(due // SECONDS, number % 4),
        key=f"order-{number}",
        token=token,
        due=due,
        payload='{"text":"' + "x" * 1_500 * number + '"}',
        delay=60,
        made=token,
        expires=due + HOUR,
    )


def build_key_row(row: SlotRow) -> KeyRow:
    return KeyRow(
        key=row.key,
        token=row.token,
        made=row.token,
        due=row.due,
        slot=row.slot.pk,
        status=RowStatus.WAITING,
        digest="0" * 32,
        delay=60,
        scheduled=row.due - 60,
    )


def create_table(client: Any) -> None:
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
