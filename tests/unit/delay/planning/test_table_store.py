"""Needs, bill and spikes of the table store, checked by hand."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from delay.planning.cost import Cost
from delay.planning.facts import Facts
from delay.planning.limit import Verdict
from delay.planning.offer import Offer
from delay.planning.request_units import measure_item
from delay.planning.services.table_store import protocol
from delay.planning.services.table_store.cost import estimate_table_cost
from delay.planning.services.table_store.rows import measure_key_row, measure_message, measure_slot_row
from delay.planning.services.table_store.spike import Spike, compute_ramp_seconds
from delay.planning.services.table_store.traffic import TableTraffic
from delay.planning.workload import Shape, Volume, Workload
from delay.table.digest import compute_digest
from task_table import horizon, slot
from task_table.hashing import SHARDS
from task_table.item import build_item
from task_table.key_row import KeyRow, RowStatus
from task_table.message import MAX_INLINE_BYTES, Message
from task_table.ports import ROWS_READ
from task_table.slot_row import RETENTION_SECONDS, SlotRow
from task_table.sweep import AGES_SECONDS
from tests.unit.delay.planning.samples import DAY, HOUR, MONTH, WEEK, limit, plan, steady

SMALL = Shape(payload_bytes=300)
MILLION_A_MONTH = 1e6 / MONTH
DENSE = 60
COST_PAGE = Path(__file__).parents[4] / "docs" / "why" / "cost.md"
KEY, TOKEN, DUE = "k" * 32, "0" * 16, 1_795_512_601
PAYLOAD = '{"order":42}'
SLOT_ROW = SlotRow(
    slot=slot.Slot(29_925_210, 7),
    key=KEY,
    token=TOKEN,
    due=DUE,
    payload=PAYLOAD,
    delay=DUE,
    made=TOKEN,
    expires=DUE,
)
KEY_ROW = KeyRow(
    key=KEY,
    token=TOKEN,
    made=TOKEN,
    due=DUE,
    slot=SLOT_ROW.slot.pk,
    status=RowStatus.SUCCEEDED,
    digest=compute_digest(PAYLOAD),
    delay=DUE,
    scheduled=DUE,
    moves=1,
    attempts=1,
    claim=TOKEN,
    lease=DUE,
    called=DUE,
    ended=DUE,
    expires=DUE,
)
STORAGE = ("GB-months of slot rows", "GB-months of key rows", "GB-months of recovery")


def table(workload: Workload) -> Offer:
    return plan(workload).table


def numbers(bill: Cost) -> dict[str, float]:
    """Return the numbers of the lines by their labels, without free units."""
    return {line.label: line.number for line in bill.lines if line.number > 0}


def list_price(workload: Workload, facts: Facts, *, records_end: bool) -> float:
    """Return the dollars for a million tasks, without free units and storage."""
    lines = estimate_table_cost(workload, facts, records_end=records_end).lines
    usd = sum(line.usd for line in lines if line.number > 0 and line.label not in STORAGE)
    return usd / workload.tasks * 1e6


def count_writes(workload: Workload, facts: Facts, *, records_end: bool) -> float:
    """Return the write units of a task, without the cursors."""
    counted = numbers(estimate_table_cost(workload, facts, records_end=records_end))
    written = (number for label, number in counted.items() if label.endswith("written"))
    return (sum(written) - counted["cursors written"]) / workload.tasks


class TestTarget:
    """Dollars a million, and write units a task."""

    def test_dense_tasks_cost_two_dollars_and_a_half_a_million(self, facts: Facts) -> None:
        """Batches are full at 60 a second. The mark of the end is left out."""
        assert 2.2 < list_price(steady(DENSE, WEEK, SMALL), facts, records_end=False) <= 2.5

    def test_thin_tasks_cost_four_dollars_a_million(self, facts: Facts) -> None:
        """A million spread evenly over a month come one by one."""
        assert 3.2 < list_price(steady(MILLION_A_MONTH, WEEK, SMALL), facts, records_end=False) <= 4

    def test_mark_of_the_end_costs_a_write(self, facts: Facts) -> None:
        """The write itself is $0.625 a million, and the function waits for it."""
        thin = steady(MILLION_A_MONTH, WEEK, SMALL)
        with_end, without = (list_price(thin, facts, records_end=flag) for flag in (True, False))
        assert with_end - without == pytest.approx(0.625 + 0.01 * 0.25 * 16.6667, abs=0.001)

    @pytest.mark.parametrize(("records_end", "units"), [(False, 3), (True, 4)])
    def test_small_task_takes_three_writes_or_four(
        self, facts: Facts, units: int, *, records_end: bool
    ) -> None:
        """Its two rows, its claim and its end."""
        assert count_writes(steady(DENSE, WEEK, SMALL), facts, records_end=records_end) == units

    def test_storage_is_billed_beside_the_requests(self, facts: Facts) -> None:
        """$0.40 a million for a week's wait, with recovery and without the 25 free GB: rows stay longer."""
        lines = estimate_table_cost(steady(DENSE, WEEK, SMALL), facts).lines
        usd = sum(line.usd for line in lines if line.label in STORAGE)
        assert usd / 155.52 == pytest.approx(0.40, abs=0.01)

    def test_page_has_the_prices_of_dense_and_thin_tasks(self, facts: Facts) -> None:
        """The bold figures of docs/why/cost.md: requests without the end's mark, and everything."""
        page = COST_PAGE.read_text(encoding="utf-8")
        for workload in (steady(DENSE, WEEK, SMALL), steady(MILLION_A_MONTH, WEEK, SMALL)):
            storage = sum(line.usd for line in table(workload).cost.lines if line.label in STORAGE)
            requests, with_end = (list_price(workload, facts, records_end=flag) for flag in (False, True))
            everything = with_end + storage / workload.tasks * 1e6
            assert f"**${requests:.2f}**" in page
            assert f"**${everything:.2f}**" in page


class TestProtocol:
    """The rows and the times are those of the protocol itself."""

    def test_slot_row_has_its_size(self) -> None:
        """With a key of 32 bytes."""
        assert measure_item(build_item(SLOT_ROW.build_attributes())) == measure_slot_row(len(PAYLOAD))

    def test_ended_key_row_has_its_size(self) -> None:
        """Without an error and a result."""
        assert measure_item(build_item(KEY_ROW.build_attributes())) == measure_key_row()

    def test_message_has_its_size(self) -> None:
        """With its payload, and with the address of a large one."""
        message = Message.of_row(SLOT_ROW)
        assert len(message.format()) == measure_message(PAYLOAD)
        assert len(replace(message, payload=None).format()) == measure_message(None)

    def test_constants_are_the_protocol_s(self) -> None:
        """A change of the protocol changes the bill."""
        assert (slot.SECONDS, SHARDS, len(AGES_SECONDS)) == (
            protocol.SLOT_SECONDS,
            protocol.SHARDS,
            protocol.SWEEPS,
        )
        assert protocol.LOOK_AHEAD_SECONDS == horizon.LOOK_AHEAD_SECONDS
        assert horizon.find_horizon(0) == protocol.HORIZON_SECONDS + slot.SECONDS
        assert protocol.INLINE_BYTES == MAX_INLINE_BYTES
        assert protocol.SLOT_MARGIN_SECONDS == RETENTION_SECONDS
        assert protocol.ROWS_OF_A_READ == ROWS_READ


class TestBill:
    """The numbers of its lines."""

    @pytest.mark.parametrize(("payload", "units"), [(300, 1), (800, 1), (1_024, 2), (4_096, 5)])
    def test_payload_rounds_the_slot_row_to_whole_kilobytes(self, payload: int, units: int) -> None:
        """The row's keys and times take some 130 bytes of it."""
        counted = numbers(table(steady(1, WEEK, Shape(payload))).cost)
        assert counted["slot rows written"] == units * MONTH

    def test_key_row_costs_one_unit(self) -> None:
        """It leaves room for an error within its kilobyte."""
        assert measure_key_row() < 512

    def test_cancelled_task_is_written_read_and_refused(self) -> None:
        """Its message is sent all the same, and the refused claim is billed."""
        counted = numbers(table(steady(1, WEEK, Shape(300, cancelled=0.1))).cost)
        assert counted["cancellations written"] == MONTH / 10
        assert counted["rows read to cancel or move"] == MONTH / 10 * 2
        assert counted["claims written"] == MONTH
        assert counted["ends written"] == MONTH * 0.9

    def test_retry_is_released_claimed_and_put_off(self) -> None:
        """Two writes, a receive, a deletion and the change of the visibility."""
        counted = numbers(table(steady(1, WEEK, Shape(300, retries=0.5))).cost)
        assert counted["claims written"] == MONTH * 1.5
        assert counted["receives"] == pytest.approx(MONTH * 1.5 / TableTraffic.of(steady(1, WEEK)).batch)
        assert counted["retries written"] == counted["retries put off"] == MONTH / 2

    def test_empty_slots_are_read_by_the_drain_and_three_sweeps(self) -> None:
        """4 shards a minute, each a unit, half of one by the first two sweeps: rare tasks add nothing."""
        counted = numbers(table(steady(1e-6, WEEK, SMALL)).cost)
        assert counted["slot rows read by the drain"] == 4 * 43_200
        assert counted["slot rows read by sweeps"] == 2 * 4 * 43_200

    def test_page_reads_many_rows_with_one_unit(self) -> None:
        """900 rows of a shard's minute are added before they are rounded to 4 KB."""
        counted = numbers(table(steady(DENSE, WEEK, SMALL)).cost)
        page = math.ceil(900 * measure_slot_row(300) / 4_096)
        assert counted["slot rows read by the drain"] == 4 * 43_200 * page

    def test_idle_queue_is_polled_by_five_receives_for_twenty_seconds_each(self) -> None:
        """15 a minute."""
        counted = numbers(table(steady(1e-9, WEEK, SMALL)).cost)
        assert counted["empty receives"] == pytest.approx(15 * 43_200, rel=0.001)

    def test_busy_queue_is_never_empty(self) -> None:
        """Each receive finds messages. Sent batches are full; received ones have those of one second."""
        counted = numbers(table(steady(DENSE, WEEK, SMALL)).cost)
        assert "empty receives" not in counted
        assert counted["sends"] == 6 * MONTH
        assert counted["receives"] == counted["deletions"] == pytest.approx(6.9 * MONTH)

    def test_messages_of_rare_tasks_are_received_one_by_one(self) -> None:
        """Hardly two are due in the same second."""
        counted = numbers(table(steady(0.01, WEEK, SMALL)).cost)
        assert counted["receives"] == pytest.approx(0.01 * MONTH, rel=0.01)

    def test_drain_batches_the_messages_of_a_slot(self) -> None:
        """At one a second, 60 tasks of a minute go in six calls, whatever their shards."""
        assert numbers(table(steady(1, WEEK, SMALL)).cost)["sends"] == 6 * 43_200

    def test_moved_task_has_two_slot_rows_and_a_stale_message(self) -> None:
        """The second row and the move are written; the claim of the first message is refused, and billed."""
        counted = numbers(table(steady(1, WEEK, Shape(300, moved=0.1))).cost)
        assert counted["slot rows written"] == counted["claims written"] == MONTH * 1.1
        assert counted["moves written"] == MONTH / 10
        assert counted["rows read to cancel or move"] == MONTH / 10 * 2
        assert counted["key rows read by sweeps"] == pytest.approx(2 * MONTH * 1.1)
        assert counted["ends written"] == MONTH

    def test_task_due_within_the_look_ahead_is_sent_by_its_client(self) -> None:
        """Alone, since the drain has passed its slot."""
        assert numbers(table(steady(1, 600, SMALL)).cost)["sends"] == MONTH

    def test_large_payload_is_read_from_its_row(self) -> None:
        """The message has its address only, and 5 KB are two read units."""
        counted = numbers(table(steady(1, WEEK, Shape(5_000))).cost)
        assert counted["payloads read"] == 2 * MONTH
        assert "payloads read" not in numbers(table(steady(1, WEEK, Shape(4_096))).cost)
        assert TableTraffic.of(steady(1, WEEK, Shape(200_000))).message_bytes < 200

    def test_longer_waits_cost_storage_alone(self) -> None:
        """Nothing else depends on the delay."""
        week, year = (numbers(table(steady(1, days * DAY, SMALL)).cost) for days in (7, 365))
        assert {label for label, number in year.items() if number != week[label]} == set(STORAGE)

    def test_tasks_that_come_once_have_no_idle_time_in_their_bill(self) -> None:
        """How long they wait is unknown."""
        waiting = table(Volume(pending=1e6).workload(SMALL))
        assert "cursors written" not in numbers(waiting.cost)
        assert "empty receives" not in numbers(waiting.cost)
        assert waiting.remarks[1].startswith("Its functions' idle time is left out")


class TestLimits:
    """The number of waiting tasks is none of them."""

    def test_sixty_tasks_a_second_fit_a_new_table(self) -> None:
        """60 tasks a second of 4 writes each are 6 % of what a new table takes."""
        offer = table(steady(DENSE, WEEK, SMALL))
        assert offer.verdict is Verdict.FITS
        assert limit(offer, "new-table-write-rate").needed == 240
        assert limit(offer, "new-table-write-rate").share == 0.06

    def test_number_waiting_has_no_limit(self) -> None:
        """A billion wait as well as one."""
        assert table(Volume(pending=1e9).workload(SMALL)).verdict is Verdict.FITS

    def test_any_date_will_do(self) -> None:
        """A hundred years are no longer than a day."""
        assert table(steady(1, 36_500 * DAY, SMALL)).verdict is Verdict.FITS
        assert table(steady(1, DAY)).longest_delay_seconds is None

    @pytest.mark.parametrize(("per_second", "verdict"), [(1_000, Verdict.FITS), (1_001, Verdict.RAISE)])
    def test_thousand_small_tasks_a_second_need_a_warm_table(
        self, per_second: float, verdict: Verdict
    ) -> None:
        """The remedy is no request in Service Quotas."""
        warm = limit(table(steady(per_second, WEEK, SMALL)), "new-table-write-rate")
        assert warm.verdict is verdict
        assert ("Set the table's warm throughput, for " in warm.to_do) is (verdict is Verdict.RAISE)

    def test_large_payload_is_refused(self) -> None:
        """256 KiB, as in an execution."""
        for size, verdict in ((262_144, Verdict.FITS), (262_145, Verdict.NEVER)):
            assert limit(table(steady(1, HOUR, Shape(size))), "table-payload").verdict is verdict

    def test_slow_calls_need_provisioned_pollers(self) -> None:
        """2,000 at once are more than the 1,250 batches of a mapping."""
        batches = limit(table(steady(200, HOUR, Shape(call_seconds=10))), "batches")
        assert batches.verdict is Verdict.RAISE
        assert batches.to_do.startswith(
            "Give the queue's event source mapping provisioned pollers, for 2,100"
        )


class TestSpike:
    """Many tasks that are due in one second."""

    def test_ramp_gets_its_work_done(self) -> None:
        """First while workers join, then with as many as may work; more than that never work."""
        assert compute_ramp_seconds(10, 5, 5, 1_000) == pytest.approx((math.sqrt(125) - 5) / 5)
        assert compute_ramp_seconds(1e6, 5, 5, 1_000) == pytest.approx(199 + (1e6 - 99_997.5) / 1_000)
        assert compute_ramp_seconds(1_000, 2_000, 5, 1_000) == 1

    def test_hundred_thousand_in_a_second_wait_for_the_pollers(self, facts: Facts) -> None:
        """They do not reach 1,000 batches at once. A new table takes 4,000 of 200,000 writes a second."""
        spike = Spike.of(100_000, 0.1, facts)
        assert spike.slowest == "Lambda's pollers"
        assert spike.late_seconds == pytest.approx((math.sqrt(25 + 10 * 12_000) - 5) / 5)
        assert [spike.writes, spike.provisioned_calls, spike.drain] == pytest.approx([50, 12, 0])

    def test_drain_has_ten_minutes(self, facts: Facts) -> None:
        """A million rows are sent by 100,000 calls in 1,000 s, 400 s too late."""
        assert Spike.of(1e6, 0.1, facts).drain == pytest.approx(400)

    def test_spike_counts_where_lateness_does(self) -> None:
        """Without an allowed lateness it is a remark."""
        for lateness, verdict in ((None, Verdict.FITS), (60, Verdict.NEVER), (120, Verdict.FITS)):
            shape = Shape(300, lateness_seconds=lateness)
            offer = table(Volume(pending=1e6, same_second=1e5).workload(shape))
            assert offer.verdict is verdict
            assert "because of Lambda's pollers" in offer.remarks[-1]

    def test_even_tasks_get_no_remark_about_spikes(self) -> None:
        """None of them is late."""
        assert len(table(steady(DENSE, WEEK)).remarks) == 1
