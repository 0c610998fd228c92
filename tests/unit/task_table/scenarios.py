"""Scenarios: processes that meet in a world, and the search for orders that break an invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any, Final

from task_table.slot import SECONDS
from task_table.transitions import FAILED_KEPT_SECONDS
from tests.unit.task_table.clients import Client, Rules, TaskClient, attempt
from tests.unit.task_table.interleaving import (
    Chooser,
    Process,
    RandomChooser,
    do_at_once,
    explore,
    interleave,
)
from tests.unit.task_table.simulation import (
    SETTINGS,
    START,
    TIMEOUT,
    VISIBILITY,
    Died,
    Sent,
    Violation,
    World,
)

KEY: Final = "k"
SETTLING: Final = frozenset({"get_many", "get_slot_row", "put_slot", "write", "send"})
DRAINING: Final = frozenset({"send", "advance_cursor"})
HOURS: Final = 2400
"""Longer than the sweeps come by: hours in production."""


@dataclass
class Model:
    """The participants: whole, or with one rule taken out."""

    rules: Rules = field(default_factory=Rules)
    world: dict[str, Any] = field(default_factory=dict)

    def build(self, **options: Any) -> World:
        """Return a new world."""
        return World(**{**options, **self.world})

    def client(self, world: World) -> TaskClient:
        """Return a client."""
        return Client(world, self.rules)


def act(name: str, operation: Callable[[], object]) -> Process:
    """Return the process of a client's operation."""
    return Process(name, attempt(operation))


def work(world: World, name: str = "worker") -> Process:
    """Return the process of a worker, which Lambda ends at its timeout."""
    return Process(name, world.work, clock=lambda: world.now, timeout=TIMEOUT)


def let_pass(world: World, *jumps: float, runs: bool = True) -> Process:
    """Return a process that lets time pass, jump by jump; after each, everything that is alive runs."""

    def jump(seconds: float) -> None:
        world.now += seconds
        if runs:
            world.minute()

    def run() -> None:
        for seconds in jumps:
            do_at_once("time", partial(jump, seconds))

    return Process("time", run)


def duplicate(world: World) -> Process:
    """Return a process that duplicates all messages."""

    def copy() -> None:
        world.messages.messages += [Sent(each.body, world.now) for each in world.messages.messages]

    return Process("queue", lambda: do_at_once("time", copy))


def hasten(world: World) -> Process:
    """Return a process that makes all messages visible, early or not."""

    def show() -> None:
        for each in world.messages.messages:
            each.visible = world.now

    return Process("queue", lambda: do_at_once("time", show))


Build = Callable[[Model, World], list[Process]]
"""Prepares a world, and returns its processes."""


def run(build: Build, model: Model, chooser: Chooser, faults: int = 0, **options: Any) -> None:
    """Run a scenario in one order, then let time pass.

    Raises:
        Violation: an invariant does not hold; it names the steps.

    """
    world = model.build(**options)
    steps: list[str] = []
    try:
        interleave(build(model, world), chooser, faults, steps)
        world.recover()
    except Violation as violation:
        raise Violation(f"{violation}\n  after {', '.join(steps)}") from violation


def run_all(build: Build, model: Model | None = None, faults: int = 0, **options: Any) -> int:
    """Run a scenario in every order, and return their number."""
    return explore(lambda chooser: run(build, model or Model(), chooser, faults, **options))


def run_some(build: Build, count: int, model: Model | None = None, faults: int = 3, **options: Any) -> None:
    """Run a scenario in random orders, the same in each run of the tests."""
    for seed in range(count):
        run(build, model or Model(), RandomChooser(Random(seed)), faults, **options)


# Pairs and triples


def schedule_twice(model: Model, world: World) -> list[Process]:
    """Two clients schedule the same task, due at once."""
    return [act(name, lambda: model.client(world).schedule(KEY, START)) for name in ("A", "B")]


def schedule_and_work(model: Model, world: World) -> list[Process]:
    """A worker receives the message of a task while its client is under way."""
    return [act("client", lambda: model.client(world).schedule(KEY, START)), work(world)]


def work_twice(model: Model, world: World) -> list[Process]:
    """Two workers receive a message and its duplicate."""
    model.client(world).schedule(KEY, START)
    world.messages.messages += [Sent(each.body, START) for each in world.messages.messages]
    return [work(world, "V"), work(world, "W")]


def cancel_and_work(model: Model, world: World) -> list[Process]:
    """A client cancels a task that a worker claims."""
    model.client(world).schedule(KEY, START)
    return [act("client", lambda: model.client(world).cancel(KEY)), work(world)]


def move_and_work(model: Model, world: World) -> list[Process]:
    """A client moves a task that a worker claims."""
    model.client(world).schedule(KEY, START)
    return [act("client", lambda: model.client(world).reschedule(KEY, START + 30)), work(world)]


def replace_and_cancel(model: Model, world: World) -> list[Process]:
    """Two clients replace and cancel a task."""
    model.client(world).schedule(KEY, START + 30)
    return [
        act("A", lambda: model.client(world).replace(KEY, START, '{"n":2}')),
        act("B", lambda: model.client(world).cancel(KEY)),
    ]


def move_twice(model: Model, world: World) -> list[Process]:
    """Two clients move a task, one to a time that is past."""
    model.client(world).schedule(KEY, START + 3000)
    return [
        act("A", lambda: model.client(world).reschedule(KEY, START + 2000)),
        act("B", lambda: model.client(world).reschedule(KEY, START - 2000)),
    ]


def redrive_and_work(model: Model, world: World) -> list[Process]:
    """A client redrives a failed task whose message is duplicated."""
    fail(model, world)
    world.messages.messages.append(Sent(world.letters[0], world.now))  # stale, and not even a message
    return [act("client", lambda: model.client(world).redrive(KEY)), work(world)]


def drain_twice(model: Model, world: World) -> list[Process]:
    """Two ticks of the drain overlap."""
    prepare_drain(model, world)
    return [Process(name, world.drain, stops=DRAINING) for name in ("V", "W")]


def sweep_and_work(model: Model, world: World) -> list[Process]:
    """A sweep finds a task that a worker has left, and that another calls."""
    model.client(world).schedule(KEY, START)
    abandoned = work(world, "dead")
    while abandoned.waits_for != "call":
        abandoned.step()
    abandoned.kill()
    world.now += 180
    return [Process("sweep", world.sweep, stops=SETTLING), work(world)]


def move_and_let_pass(model: Model, world: World) -> list[Process]:
    """A client stalls for hours while it moves an acknowledged task to a time that passes."""
    model.client(world).schedule(KEY, START + 2 * HOURS + 600)
    return [
        act("client", lambda: model.client(world).reschedule(KEY, START + 700)),
        let_pass(world, HOURS, HOURS),
    ]


def schedule_and_let_pass(model: Model, world: World) -> list[Process]:
    """A client stalls for hours while it schedules a task."""
    return [
        act("client", lambda: model.client(world).schedule(KEY, START + 700)),
        let_pass(world, HOURS),
    ]


def duplicate_and_let_pass(model: Model, world: World) -> list[Process]:
    """Two clients schedule the same task, and both may stall for hours."""
    return [*schedule_twice(model, world), let_pass(world, HOURS)]


def crash_in_each_call(model: Model, world: World) -> list[Process]:
    """Each worker dies while it calls the function."""
    world.behavior = die
    model.client(world).schedule(KEY, START)
    return [work(world)]


def crash_before_letter(model: Model, world: World) -> list[Process]:
    """A worker records that the last attempt has failed; it may die before it sends the letter."""
    world.behavior = raise_error
    model.client(world).schedule(KEY, START)
    world.work()
    world.now += 20
    return [work(world)]


def redrive_and_expire(model: Model, world: World) -> list[Process]:
    """A client redrives a failed task whose time to be deleted has come, and cannot be called for an hour."""
    world.settings = replace(world.settings, keep_seconds=3600)
    fail(model, world)
    world.rows.set_expiry(enabled=False)  # DynamoDB deletes late
    world.now += FAILED_KEPT_SECONDS + 1
    world.skip_to_now()  # two weeks of ticks that find nothing
    model.client(world).redrive(KEY)
    world.rows.set_expiry(enabled=True)
    world.expire()
    return [work(world)]


def lose_the_table(model: Model, world: World) -> list[Process]:
    """The table is out for an hour, in which SQS moves the message of a task that was late when scheduled."""
    model.client(world).schedule(KEY, START - 6000)
    lose_messages(world)
    return []


def lose_messages(world: World) -> None:
    """Let the table be out until SQS has moved all visible messages."""
    world.table_is_out = True
    for _ in range(HOURS // VISIBILITY):
        world.now += VISIBILITY
        world.deliver()
    world.table_is_out = False


def stall(world: World, process: Process) -> None:
    """Let a client stall before it writes the key row, until all sweeps have passed the slot."""
    while process.waits_for != "write":
        process.step()
    for _ in range(HOURS // SECONDS):
        world.minute()
    process.step()


def stall_and_lose_the_table(model: Model, world: World) -> list[Process]:
    """A client stalls while it schedules a task, and then the table is out."""
    client = act("client", lambda: model.client(world).schedule(KEY, START))
    stall(world, client)
    while not client.is_over:
        client.step()
    lose_messages(world)
    return []


def stall_and_die(model: Model, world: World) -> list[Process]:
    """A client stalls and dies while it schedules a task, and another schedules the same."""
    client = act("dead", lambda: model.client(world).schedule(KEY, START))
    stall(world, client)
    client.kill()
    return [act("client", lambda: model.client(world).schedule(KEY, START))]


def move_and_die(model: Model, world: World) -> list[Process]:
    """A client stalls and dies while it moves a task, and the table is out when the first message comes."""
    model.client(world).schedule(KEY, START + HOURS + 60)
    client = act("dead", lambda: model.client(world).reschedule(KEY, START + 700))
    stall(world, client)
    client.kill()
    world.now += 60
    lose_messages(world)
    return []


def be_punctual(model: Model, world: World) -> list[Process]:
    """A task is due in a slot that the drain has passed, and nothing fails."""

    def check() -> None:
        world.minute()
        if not world.log.calls:
            raise Violation("the call is late")

    def schedule() -> None:
        model.client(world).schedule(KEY, START + 30)
        do_at_once("time", check)

    return [Process("client", schedule)]


def lose_the_queue(model: Model, world: World) -> list[Process]:
    """The queue is out for an hour, in which tasks come due."""
    model.client(world).schedule(KEY, START + 1000)
    world.queue_is_out = True
    for _ in range(HOURS // SECONDS):
        world.minute()
    world.queue_is_out = False
    return []


def schedule_after_cancel(model: Model, world: World) -> list[Process]:
    """Two clients schedule a task that was cancelled."""
    model.client(world).schedule(KEY, START + 30)
    model.client(world).cancel(KEY)
    del world.log.acknowledged[KEY]
    world.log.cancels.clear()
    return [act("client", lambda: model.client(world).schedule(KEY, START + 30))]


def come_early(model: Model, world: World) -> list[Process]:
    """SQS delivers a message before its time."""
    model.client(world).schedule(KEY, START + 30)
    return [hasten(world), work(world)]


def move_and_hasten(model: Model, world: World) -> list[Process]:
    """A client moves a task whose message comes."""
    model.client(world).schedule(KEY, START)
    return [
        act("client", lambda: model.client(world).reschedule(KEY, START + 30)),
        let_pass(world, 31, runs=False),
        work(world),
    ]


PAIRS: Final = (
    crash_in_each_call,
    crash_before_letter,
    redrive_and_expire,
    lose_the_table,
    stall_and_lose_the_table,
    stall_and_die,
    move_and_die,
    lose_the_queue,
    schedule_after_cancel,
    come_early,
    move_and_hasten,
    work_twice,
    drain_twice,
    schedule_twice,
    schedule_and_work,
    cancel_and_work,
    move_and_work,
    replace_and_cancel,
    move_twice,
    redrive_and_work,
    sweep_and_work,
    schedule_and_let_pass,
    move_and_let_pass,
)


def fail(model: Model, world: World) -> None:
    """Have a task fail, with its letter."""
    behavior, world.behavior = world.behavior, raise_error
    model.client(world).schedule(KEY, int(world.now))
    world.recover()
    world.behavior = behavior


def raise_error(attempt: int) -> object:
    """Fail, in any attempt."""
    raise ValueError(attempt)


def die(attempt: int) -> object:
    """End the worker's process."""
    raise Died(attempt)


def prepare_drain(model: Model, world: World) -> None:
    """Have the drain find a task in a slot."""
    model.client(world).schedule(KEY, START + 1000)
    world.now += 359
    world.drain()
    world.now += 60


# Random worlds


def mix(model: Model, world: World, dice: Random) -> list[Process]:
    """Return two clients, a drain, sweeps, two workers and time, around one or two tasks."""
    keys = ["k", "l"][: dice.randint(1, 2)]
    for key in keys:
        if dice.random() < 0.7:
            model.client(world).schedule(key, _draw_due(dice))
            if dice.random() < 0.3:
                world.now += dice.choice([1, 100, 700])
                world.minute()
    return list(_mix(model, world, dice, keys))


def _mix(model: Model, world: World, dice: Random, keys: list[str]) -> Iterator[Process]:
    for name in ("A", "B"):
        yield act(name, _draw_operation(model.client(world), dice, dice.choice(keys)))
    yield Process("drain", world.drain)
    yield Process("sweep", world.sweep)
    yield Process("drain2" if dice.random() < 0.5 else "sweep2", dice.choice([world.drain, world.sweep]))
    yield work(world, "V")
    yield work(world, "W")
    yield dice.choice([duplicate, hasten])(world)
    jumps = [dice.choice([1, 30, 61, 80, 130, 600, HOURS]) for _ in range(dice.randint(0, 3))]
    yield let_pass(world, *jumps, runs=dice.random() < 0.7)


def _draw_due(dice: Random) -> int:
    return START + dice.choice([-100_000, 0, 0, 20, 70, 700, 1000, HOURS, 3 * HOURS])


def _draw_operation(client: TaskClient, dice: Random, key: str) -> Callable[[], object]:
    due = _draw_due(dice)
    return dice.choice(
        [
            lambda: client.schedule(key, due),
            lambda: client.schedule(key, due),
            lambda: client.reschedule(key, due),
            lambda: client.reschedule(key, due),
            lambda: client.replace(key, due, '{"n":2}'),
            lambda: client.cancel(key),
            lambda: client.redrive(key),
        ]
    )


def run_mix(seed: int, model: Model | None = None) -> None:
    """Run a random world in a random order.

    Raises:
        Violation: an invariant does not hold.

    """
    dice = Random(seed)
    failing = dice.choice([0, 0, 1, 5])
    skew = dice.choice([0, 0, 5, -5])

    def behave(attempt: int) -> object:
        return raise_error(attempt) if attempt <= failing else None

    run(
        lambda model, world: mix(model, world, dice),
        model or Model(),
        RandomChooser(dice),
        faults=dice.randint(0, 4),
        behavior=behave,
        page_bytes=dice.choice([1, 1_048_576]),
        functions_ahead=skew,
        lateness_allowed=max(0, skew),
        settings=replace(SETTINGS, records_end=dice.random() < 0.8),
    )
