"""A state machine of the whole store: hypothesis starts, steps, kills and delays its participants."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.task_table.clients import Client, Rules, TaskClient
from tests.unit.task_table.interleaving import Fault, Process
from tests.unit.task_table.scenarios import HOURS, act, raise_error, work
from tests.unit.task_table.simulation import START, Sent, Violation, World

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS: Final = st.sampled_from(["k", "k", "l"])
DUES: Final = st.sampled_from([-100_000, 0, 20, 70, 700, 1000, HOURS]).map(START.__add__)


@contextmanager
def fail_on_violation() -> Iterator[None]:
    """Raise a violation as an exception that hypothesis shrinks."""
    try:
        yield
    except Violation as violation:
        raise AssertionError(str(violation)) from violation


class StoreMachine(RuleBasedStateMachine):
    """Two clients, a drain, sweeps and workers over a simulated clock."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(page_bytes=300)
        self.client: TaskClient = Client(self.world, Rules())
        self.processes: list[Process] = []

    @rule(key=KEYS, due=DUES)
    def schedule(self, key: str, due: int) -> None:
        """Have a client begin to schedule a task."""
        self.processes.append(act("schedule", lambda: self.client.schedule(key, due)))

    @rule(key=KEYS, due=DUES)
    def reschedule(self, key: str, due: int) -> None:
        """Have a client begin to move a task."""
        self.processes.append(act("reschedule", lambda: self.client.reschedule(key, due)))

    @rule(key=KEYS, due=DUES)
    def replace(self, key: str, due: int) -> None:
        """Have a client begin to replace a task."""
        self.processes.append(act("replace", lambda: self.client.replace(key, due, '{"n":2}')))

    @rule(key=KEYS)
    def cancel(self, key: str) -> None:
        """Have a client begin to cancel a task."""
        self.processes.append(act("cancel", lambda: self.client.cancel(key)))

    @rule(key=KEYS)
    def redrive(self, key: str) -> None:
        """Have a client begin to redrive a task."""
        self.processes.append(act("redrive", lambda: self.client.redrive(key)))

    @rule()
    def drain(self) -> None:
        """Begin a tick of the drain."""
        self.processes.append(Process("drain", self.world.drain))

    @rule()
    def sweep(self) -> None:
        """Begin a tick of the sweeps."""
        self.processes.append(Process("sweep", self.world.sweep))

    @rule()
    def work(self) -> None:
        """Have a worker begin to receive."""
        self.processes.append(work(self.world))

    @precondition(lambda self: self.processes)
    @rule(number=st.integers(0, 9), count=st.integers(1, 6))
    def step(self, number: int, count: int) -> None:
        """Carry out requests of a process."""
        process = self.processes[number % len(self.processes)]
        with fail_on_violation():
            for _ in range(count):
                if not process.is_over:
                    process.step()

    @precondition(lambda self: self.processes)
    @rule(number=st.integers(0, 9), dice=st.integers(0, 5))
    def break_request(self, number: int, dice: int) -> None:
        """Kill a process, lose an answer, or raise."""
        process = self.processes[number % len(self.processes)]
        faults: list[Fault] = [] if process.is_over else list(process.find_faults())
        with fail_on_violation():
            if faults:
                process.step(faults[dice % len(faults)])

    @rule(seconds=st.sampled_from([1, 30, 61, 80, 130, 600, HOURS]))
    def let_pass(self, seconds: int) -> None:
        """Let time pass in which nothing runs."""
        self.world.now += seconds

    @rule()
    def live_a_minute(self) -> None:
        """Let a minute pass in which all participants run."""
        with fail_on_violation():
            self.world.minute()

    @rule()
    def duplicate(self) -> None:
        """Duplicate all messages, and make them visible."""
        messages = self.world.messages.messages
        messages += [Sent(each.body, self.world.now) for each in messages[:3]]

    @rule(fails=st.booleans())
    def choose_behavior(self, *, fails: bool) -> None:
        """Have the function fail, or return."""
        self.world.behavior = raise_error if fails else lambda _: None

    @rule(table=st.booleans(), queue=st.booleans())
    def break_services(self, *, table: bool, queue: bool) -> None:
        """Begin or end an outage of the table or the queue."""
        self.world.table_is_out, self.world.queue_is_out = table, queue

    @invariant()
    def forget_the_ended(self) -> None:
        """Keep the processes that are under way."""
        self.processes = [each for each in self.processes if not each.is_over]

    def teardown(self) -> None:
        """Kill what is under way, and let time pass until all tasks are settled."""
        for process in self.processes:
            process.kill()
        with fail_on_violation():
            self.world.recover()
