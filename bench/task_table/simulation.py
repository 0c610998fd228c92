"""A simulated time of tasks in a table: the real client, drain, sweeps and workers, over metered requests.

Failures, retries, and the function's own work are not simulated, but for the time that the work takes. A
request takes 10 ms of a function's time, as in the plan: that is assumed, not measured on AWS.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.task_table.bill import MEMORY_GB, Bill
from bench.task_table.meter import REQUESTS, Account, MeteredLetters, MeteredQueue, MeteredTable
from bench.task_table.polling import EventSourceMapping, SimulatedQueue
from bench.task_table.simulated_client import SimulatedClient
from bench.task_table.storage import charge_storage
from bench.task_table.timeline import ProgramClock, Timeline
from bench.task_table.traffic import WARM_UP_SECONDS, Traffic
from delay.planning.services.table_store.protocol import KEEP_SECONDS, REQUEST_SECONDS
from delay.planning.workload import DAY_SECONDS
from task_table.call import Delete, Return, Worker
from task_table.drain import Drain
from task_table.memory import MemoryTable
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.slot import SECONDS
from task_table.sweep import Sweep

_START: Final = 1_800_000_000 // SECONDS * SECONDS


@dataclass(frozen=True, slots=True)
class Counted:
    """A bill, and the tasks that it is for."""

    bill: Bill
    tasks: int


@dataclass(frozen=True, slots=True)
class _Participant:
    """One run of a function: its metered table and queues, and its clock."""

    clock: ProgramClock
    table: MeteredTable
    sender: Sender
    letters: MeteredLetters


class Simulation:
    """One run of drain, sweep, workers and a client. An idle one has no tasks."""

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
        self._client = self._open_client()
        self._dice = random.Random(traffic.tasks)  # noqa: S311 - the same tasks in every run

    def run(self) -> Counted:
        """Return the bill, from the first schedule to the last sweep and deletion."""
        begin = _START + WARM_UP_SECONDS
        arrivals = [] if self._is_idle else self._traffic.generate(self._dice)
        self._timeline.every(SECONDS, self._drain)
        self._timeline.every(SECONDS, self._sweep)
        EventSourceMapping(self._queue, self._timeline, Account(self._bill, "polling"), self._call).start()
        for number, arrival in enumerate(arrivals):
            self._plan_task(number, begin + arrival)
        self._timeline.run(_START + self._traffic.whole_seconds)
        charge_storage(self._table, self._bill)
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
        drain = self._open("drain")
        Drain(drain.table, drain.sender, drain.clock, self._settings, lambda: True).tick()
        self._charge_tick("drain", drain.clock)

    def _sweep(self) -> None:
        sweep = self._open("sweep")
        Sweep(
            sweep.table,
            sweep.sender,
            sweep.letters,
            clock=sweep.clock,
            settings=self._settings,
            has_time=lambda: True,
        ).tick()
        self._charge_tick("sweep", sweep.clock)

    def _call(self, bodies: Sequence[str]) -> float:
        """Process a batch as the function does, and return when it is done."""
        call = self._open("call")

        def handle(_event: object, _row: object) -> None:
            call.clock.now += self._traffic.shape.call_seconds

        worker = Worker(
            call.table, call.sender, call.letters, clock=call.clock, settings=self._settings, handle=handle
        )
        outcomes = [(body, worker.process(body)) for body in bodies]
        for body, outcome in outcomes:
            if isinstance(outcome, Return):
                self._bill.add("call", REQUESTS, 1)
                self._queue.hide(body, call.clock() + outcome.after_seconds)
        if any(isinstance(outcome, Delete) for _, outcome in outcomes):
            self._bill.add("polling", REQUESTS, 1)
        self._charge_time("call", call.clock)
        return call.clock()

    def _open_client(self) -> SimulatedClient:
        account = Account(self._bill, "client")
        return SimulatedClient(
            MeteredTable(self._table, account), MeteredQueue(self._queue, account), self._timeline
        )

    def _open(self, name: str) -> _Participant:
        clock = ProgramClock(self._timeline.now)
        account = Account(self._bill, name, lambda: clock.spend(REQUEST_SECONDS))
        return _Participant(
            clock,
            MeteredTable(self._table, account),
            Sender(MeteredQueue(self._queue, account), clock),
            MeteredLetters(_NoLetters(), account),
        )

    def _charge_tick(self, participant: str, clock: ProgramClock) -> None:
        self._bill.add(participant, "scheduled-call", 1)
        self._bill.add(participant, "lambda-request", 1)
        self._charge_time(participant, clock)

    def _charge_time(self, participant: str, clock: ProgramClock) -> None:
        self._bill.add(participant, "lambda-gb-second", clock.busy_seconds * MEMORY_GB)


class _NoLetters:
    def send(self, body: str) -> None:
        raise AssertionError(f"No task fails here: {body}")
