"""A simulated time of tasks in a table: the real client, drain, sweeps and workers, over metered requests.

What is not simulated: failures, retries, and the function's own work but for the time that it takes. A
request takes 10 ms of a function's time, as in the plan: that is assumed, not measured on AWS.
"""

import json
import random
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, cast

from bench.task_table.bill import GB, MEMORY_GB, Bill
from bench.task_table.meter import REQUESTS, Account, MeteredLetters, MeteredQueue, MeteredTable
from bench.task_table.polling import Mapping, SimulatedQueue
from bench.task_table.timeline import CallerClock, ProgramClock, Timeline
from delay.aws.corrected_clock import CorrectedClock
from delay.errors import DelayError
from delay.planning.request_units import STORED_BYTES_OF_AN_ITEM
from delay.planning.services.task_table_cost import KEEP_SECONDS, REQUEST_SECONDS
from delay.planning.workload import DAY_SECONDS, MONTH_SECONDS, Shape
from delay.request import Request
from delay.table.changing import Changes
from delay.table.placing import Placer
from delay.table.requests import Requests
from delay.table.scheduling import Scheduler
from delay.table.setup import Setup
from task_table.attributes import measure
from task_table.call import Delete, Worker
from task_table.drain import Drain
from task_table.memory import MemoryTable
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.slot import SECONDS
from task_table.slot_row import parse_sort_key
from task_table.sweep import AGES_SECONDS, Sweep

WAIT_SECONDS: Final = 7 * DAY_SECONDS
_START: Final = 1_800_000_000 // SECONDS * SECONDS
_WARM_UP_SECONDS: Final = 600
_COOL_DOWN_SECONDS: Final = AGES_SECONDS[-1] + 600
_ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/bench"
_PADDING: Final = len('{"order":"","text":""}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Tasks that come at random, all within some minutes, and wait for some days.

    Moved tasks are first due a day sooner.
    """

    per_second: float
    tasks: int
    shape: Shape
    wait_seconds: int = WAIT_SECONDS
    records_end: bool = True

    @property
    def seconds(self) -> int:
        """The whole minutes within which they come."""
        return -int(-self.tasks / self.per_second // SECONDS) * SECONDS

    @property
    def hours_seconds(self) -> int:
        """The whole time, from before the first schedule to after the last sweep."""
        return _WARM_UP_SECONDS + self.seconds + self.wait_seconds + _COOL_DOWN_SECONDS

    def generate(self, dice: random.Random) -> list[float]:
        """Return the times of arrival, as many as come at this rate."""
        count = round(self.per_second * self.seconds)
        return sorted(dice.uniform(0, self.seconds) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Counted:
    """A bill, and the tasks that it is for."""

    bill: Bill
    tasks: int


def simulate(traffic: Traffic) -> Counted:
    """Return the bill of this traffic's tasks, from the first schedule to the last sweep and deletion."""
    return _Simulation(traffic).run()


def simulate_month(traffic: Traffic) -> Counted:
    """Return the bill of a month of this traffic, from a sample of its tasks.

    Idle functions cost by the minute, and tasks at the same rate by their number. So it is an idle month, and
    the sample's bill beyond that of the same idle hours, times a month's tasks over those of the sample.
    """
    sample = simulate(traffic)
    idle = _simulate_idle(traffic.seconds, traffic.wait_seconds)
    tasks = round(traffic.per_second * MONTH_SECONDS)
    idle_times = MONTH_SECONDS / traffic.hours_seconds
    return Counted(sample.bill.extrapolate(idle, tasks / sample.tasks, idle_times), tasks)


@cache
def _simulate_idle(seconds: int, wait_seconds: int) -> Bill:
    """Return the bill of no tasks, in the hours that those take which come within these seconds."""
    traffic = Traffic(per_second=1, tasks=seconds, shape=Shape(), wait_seconds=wait_seconds)
    return _Simulation(traffic, is_idle=True).run().bill


class _Simulation:
    """One run."""

    def __init__(self, traffic: Traffic, *, is_idle: bool = False) -> None:
        self._traffic = traffic
        self._is_idle = is_idle
        self._bill = Bill()
        self._timeline = Timeline(_START)
        self._table = MemoryTable(lambda: self._timeline.now)
        self._queue = SimulatedQueue(self._timeline)
        self._settings = Settings(
            queue_url="queue",
            keep_seconds=KEEP_SECONDS,
            attempts=4,
            lease_seconds=75,
            records_end=traffic.records_end,
        )
        self._client = _Client(self._table, self._queue, self._timeline, self._bill)
        self._dice = random.Random(traffic.tasks)  # noqa: S311 - the same tasks in every run

    def run(self) -> Counted:
        begin = _START + _WARM_UP_SECONDS
        arrivals = [] if self._is_idle else self._traffic.generate(self._dice)
        self._timeline.every(SECONDS, self._drain)
        self._timeline.every(SECONDS, self._sweep)
        Mapping(self._queue, self._timeline, Account(self._bill, "polling"), self._call).start()
        for number, arrival in enumerate(arrivals):
            self._plan_task(number, begin + arrival)
        self._timeline.run(_START + self._traffic.hours_seconds)
        self._charge_storage()
        return Counted(self._bill, len(arrivals))

    def _plan_task(self, number: int, arrival: float) -> None:
        """Plan a task's schedule, and its move and its cancel at random times while it waits."""
        key, shape, due = f"order-{number:026}", self._traffic.shape, arrival + self._traffic.wait_seconds
        # A moved task is first due a day sooner: it ends up at a time at which as many others are due.
        is_moved = self._dice.random() < shape.moved
        first_due = due - DAY_SECONDS * is_moved
        self._timeline.at(arrival, lambda: self._client.schedule(key, shape.payload_bytes, first_due))
        if is_moved:
            self._timeline.at(self._choose_time(arrival), lambda: self._client.move(key, due))
        if self._dice.random() < shape.cancelled:
            self._timeline.at(self._choose_time(arrival), lambda: self._client.cancel(key))

    def _choose_time(self, arrival: float) -> float:
        """Return a time while a task waits, also one that is to be moved."""
        return arrival + self._dice.uniform(1, self._traffic.wait_seconds - DAY_SECONDS - 3_600)

    def _drain(self) -> None:
        clock, table, sender, _ = self._open("drain")
        Drain(table, sender, clock, self._settings, lambda: True).tick()
        self._charge_tick("drain", clock)

    def _sweep(self) -> None:
        clock, table, sender, letters = self._open("sweep")
        sweep = Sweep(table, sender, letters, clock=clock, settings=self._settings, has_time=lambda: True)
        sweep.tick()
        self._charge_tick("sweep", clock)

    def _call(self, bodies: Sequence[str]) -> float:
        """Process a batch as the function does, and return when it is done."""
        clock, table, sender, letters = self._open("call")

        def handle(_event: MappingOf[str, Any], _row: object) -> None:
            clock.now += self._traffic.shape.call_seconds

        worker = Worker(table, sender, letters, clock=clock, settings=self._settings, handle=handle)
        outcomes = [worker.process(body) for body in bodies]
        for body, outcome in zip(bodies, outcomes, strict=True):
            if not isinstance(outcome, Delete):
                self._bill.add("call", REQUESTS, 1)
                self._queue.hide(body, clock() + outcome.after_seconds)
        if any(isinstance(outcome, Delete) for outcome in outcomes):
            self._bill.add("polling", REQUESTS, 1)
        self._charge_time("call", clock)
        return clock()

    def _open(self, participant: str) -> tuple[ProgramClock, Any, Sender, Any]:
        clock = ProgramClock(self._timeline.now)
        account = Account(self._bill, participant, lambda: clock.spend(REQUEST_SECONDS))
        letters = MeteredLetters(_NoLetters(), account)
        return (
            clock,
            MeteredTable(self._table, account),
            Sender(MeteredQueue(self._queue, account), clock),
            letters,
        )

    def _charge_tick(self, participant: str, clock: ProgramClock) -> None:
        self._bill.add(participant, "scheduled-call", 1)
        self._bill.add(participant, "lambda-request", 1)
        self._charge_time(participant, clock)

    def _charge_time(self, participant: str, clock: ProgramClock) -> None:
        self._bill.add(participant, "lambda-gb-second", clock.busy_seconds * MEMORY_GB)

    def _charge_storage(self) -> None:
        """Charge each row from when it was written until it expires."""
        for pk, rows in self._table.items.items():
            for row in rows.values():
                if "expires" in row:
                    begun = _find_begin(pk, row)
                    kept = (measure(row) + STORED_BYTES_OF_AN_ITEM) / GB * (int(row["expires"]) - begun)
                    self._bill.add("storage", "table-gb-month", kept / MONTH_SECONDS)
                    self._bill.add("storage", "table-recovery", kept / MONTH_SECONDS)


class _Client:
    """The real client on metered ports."""

    def __init__(self, table: MemoryTable, queue: SimulatedQueue, timeline: Timeline, bill: Bill) -> None:
        account = Account(bill, "client")
        metered, sender = MeteredTable(table, account), MeteredQueue(queue, account)
        requests = Requests(
            _ARN,
            lambda: cast("Any", metered),
            lambda _: sender,
            CorrectedClock(CallerClock(timeline)),
            timedelta(0),
        )
        setup = Setup(requests)
        placer = Placer(requests, setup)
        self._scheduler = Scheduler(requests, placer)
        self._changes = Changes(requests, setup, placer, self._scheduler)

    def schedule(self, key: str, payload_bytes: int, due: float) -> None:
        text = "x" * (payload_bytes - _PADDING - len(key))
        request = Request({"order": key, "text": text}, key=key, at=datetime.fromtimestamp(due, UTC))
        self._changes.send(self._scheduler.prepare(request))

    def move(self, key: str, due: float) -> None:
        self._change(lambda: self._changes.reschedule(key, after=None, at=datetime.fromtimestamp(due, UTC)))

    def cancel(self, key: str) -> None:
        self._change(lambda: self._changes.cancel(key))

    def _change(self, change: Any) -> None:  # noqa: ANN401 - whatever it returns
        """Carry out a change; a task that was cancelled cannot be moved."""
        try:
            change()
        except DelayError as error:
            if "CANCELLED" not in str(error):
                raise


class _NoLetters:
    def send(self, body: str) -> None:
        raise AssertionError(f"No task fails here: {json.dumps(body)}")


def _find_begin(pk: str, row: MappingOf[str, Any]) -> int:
    if pk.startswith("slot#"):
        due, _, _ = parse_sort_key(row["sk"])
        return due - int(row["delay"])
    return int(row["scheduled"])
