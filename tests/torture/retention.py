"""The wall clock is wrong by months, time is skipped, and the endpoint is killed, over years of its life.

No ended execution may be deleted early, however wrong the clock was; no history may run backwards; and a
skip that was acknowledged is on disk.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from rich.console import Console

from stepfunctions_local.engine.clock import ManualClock, SkippableClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.errors import ExecutionDoesNotExist
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.records.change import ExecutionsExpired
from stepfunctions_local.engine.records.records import Records, open_records
from stepfunctions_local.engine.skip import Skips
from tests.torture.clocks import Echo
from tests.torture.history import find_faults
from tests.torture.machines import ROLE, Task, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

BEGIN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RETENTION = 90 * DAY
PLAUSIBLE = 10 * DAY
"""The jump of a clock that is believed. Source: docs/reference/local-records.md, as the next one."""
BELIEVED_EACH_HOUR = DAY
WRONG_SHARE = 0.3
_FILES = ("journal.sqlite", "journal.sqlite-wal")


@dataclass
class Truth:
    """The real time, the wall clock, and how far retention may believe it."""

    random: Random
    wall: ManualClock = field(default_factory=lambda: ManualClock(BEGIN))
    real: datetime = BEGIN
    error: timedelta = timedelta()
    believed: timedelta = timedelta()
    """How far the clock of retention is ahead of the real time, or behind it."""
    times_set: int = 0

    def run(self, duration: timedelta) -> None:
        """Let time pass while the endpoint runs."""
        self.rest(duration)
        self.look(BELIEVED_EACH_HOUR * (duration / HOUR))

    def rest(self, duration: timedelta) -> None:
        """Let time pass while the endpoint does not run."""
        self.real += duration
        self.wall.advance(duration)

    def look(self, most: timedelta = timedelta()) -> None:
        """Let retention look at the wall clock, and follow it by `most` if it is not plausible."""
        gap = self.error - self.believed
        self.believed += gap if abs(gap) <= PLAUSIBLE else max(-most, min(gap, most))

    def set_wall(self) -> None:
        """Set the wall clock wrong by months or years, to 1970, or right."""
        self.times_set += 1
        if self.random.random() < WRONG_SHARE:
            far = self.random.randint(100, 1_000) * DAY
            self.error = self.random.choice((far, far, -far, datetime(1970, 1, 1, tzinfo=UTC) - self.real))
        else:
            self.error = timedelta()
        self.wall.moment = self.real + self.error


@dataclass(frozen=True, slots=True)
class Started:
    """A started task, and how often the clock had been set then."""

    task: Task
    times_set: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that ended by a right clock: when by that clock, and how often it had been set then."""

    task: Task
    stopped: datetime
    times_set: int


@dataclass
class Torture:
    """One run."""

    folder: Path
    random: Random
    truth: Truth
    echo: Echo = field(default_factory=Echo)
    open: dict[str, Started] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    expired: int = 0
    kills: int = 0
    acknowledged_ahead: timedelta = timedelta()
    skipped: int = 0
    unjudged: int = 0
    checked: int = 0
    number: int = 0
    faults: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Engine, Records, Skips]]:
        """Run an endpoint on the records, with the wall clock as it is set."""
        async with open_records(self.folder) as records:
            clock = SkippableClock(self.truth.wall, records.store.clock_ahead())
            if clock.ahead < self.acknowledged_ahead:
                self.faults.append(f"a skip is lost: {clock.ahead}, acknowledged {self.acknowledged_ahead}")
            self.acknowledged_ahead = clock.ahead
            async with Engine(self.echo, records, Settings(retention=RETENTION), clock=clock) as engine:
                await engine.catalog.create("m", Setup(define_delayed_call(), ROLE), engine.clock.now())
                yield engine, records, Skips(engine, clock, records.journal)

    async def live(self) -> None:
        """Let one endpoint live for a while, and end it cleanly or as kill -9 does."""
        self.truth.rest(self.random.choice((0, 1, 24, 24 * 9)) * HOUR)
        async with self.running() as (engine, records, skips):
            self.truth.look()
            for _ in range(self.random.randrange(4)):
                await self._start(engine)
            await self._let_run(engine, records, self.random.randrange(12))
            if self.random.random() < 0.5:
                await self._skip(skips)
            is_killed = self.random.random() < 0.5
            if is_killed:
                await self._skip_while_killed(skips)
            else:
                self.acknowledged_ahead = skips.clock.ahead
                self._inspect_all(engine)
        if is_killed:
            self._restore()

    async def _start(self, engine: Engine) -> None:
        task = Task(f"t{self.number}", self.random.randrange(100))
        self.number += 1
        await engine.start(Target(engine.catalog.all()[0]), task.name, task.input)
        self.open[task.name] = Started(task, self.truth.times_set)

    async def _let_run(self, engine: Engine, records: Records, hours: int) -> None:
        for _ in range(hours):
            if self.random.random() < 0.2:
                self.truth.set_wall()
            self.truth.run(HOUR)
            await self._settle(engine, records)
            self._inspect_open(engine)
            engine.expiry.expire(HOUR)
        await self._settle(engine, records)
        self._inspect_open(engine)

    async def _settle(self, engine: Engine, records: Records) -> None:
        """Let due executions go on until all of it is on disk."""
        for _ in range(4):
            engine.wake_due()
            await records.journal.submit(ExecutionsExpired(()))
            await asyncio.sleep(0)

    async def _skip(self, skips: Skips) -> None:
        await skips.by(self.random.choice((1, 60, 3_600, 86_400, 20 * 86_400)) * timedelta(seconds=1))
        self.acknowledged_ahead = skips.clock.ahead
        self.skipped += 1

    async def _skip_while_killed(self, skips: Skips) -> None:
        """Copy the files at some moment of a skip, as kill -9 leaves them."""
        skipping = asyncio.create_task(skips.by(self.random.choice((1, 50, 86_400)) * timedelta(seconds=1)))
        for _ in range(self.random.randrange(40)):
            await asyncio.sleep(0)
        for name in _FILES:
            shutil.copy(self.folder / name, self.folder.with_name(f"killed-{name}"))
        if skipping.done() and not skipping.exception():
            self.acknowledged_ahead = skipping.result().ahead
        skipping.cancel()
        with suppress(asyncio.CancelledError):
            await skipping
        self.kills += 1

    def _restore(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir(0o700)
        for name in _FILES:
            self.folder.with_name(f"killed-{name}").rename(self.folder / name)

    def _inspect_open(self, engine: Engine) -> None:
        """Look which tasks have ended. Only an end by a right clock says when an execution may be deleted."""
        for name, started in list(self.open.items()):
            execution = self._find(engine, name)
            is_judged = self.truth.times_set == started.times_set and not self.truth.error
            if execution is None or execution.stopped is not None:
                del self.open[name]
                self.unjudged += not is_judged
            if execution is None and is_judged:
                self.faults.append(f"{name}: acknowledged, but lost")
            elif execution is not None and execution.stopped is not None and is_judged:
                self.ended[name] = Ended(started.task, execution.stopped, self.truth.times_set)

    def _inspect_all(self, engine: Engine) -> None:
        self._inspect_open(engine)
        for name, ended in list(self.ended.items()):
            self._inspect_ended(engine, name, ended)

    def _inspect_ended(self, engine: Engine, name: str, ended: Ended) -> None:
        self.checked += 1
        execution = self._find(engine, name)
        if execution is not None:
            events = [event for turn in engine.events(execution, None, backwards=False) for event in turn]
            self.faults += find_faults(ended.task, events)
            times = [event["timestamp"] for event in events]
            if times != sorted(times):
                self.faults.append(f"{name}: its history runs backwards")
            return
        self.expired += 1
        del self.ended[name]
        if (oldest := self._compute_greatest_age(ended)) < RETENTION:
            self.faults.append(f"{name}: deleted after {oldest} of {RETENTION}")

    def _compute_greatest_age(self, ended: Ended) -> timedelta:
        """Return how old the execution can be to retention, with all that it may believe."""
        now = self.truth.real + self.acknowledged_ahead + max(self.truth.believed, timedelta())
        return now - ended.stopped + (PLAUSIBLE if self.truth.times_set > ended.times_set else HOUR)

    def _find(self, engine: Engine, name: str) -> Execution | None:
        try:
            return engine.find(engine.arns.execution("m", name))
        except ExecutionDoesNotExist:
            return None


async def torture(folder: Path, lives: int, seed: int, console: Console) -> Outcome:
    """Let endpoints live one after the other on the same records, under a clock that is often wrong."""
    random = Random(seed)
    run = Torture(folder / "records", random, Truth(random))
    with progress("Setting the clock by months", lives, console) as advance:
        for number in range(lives):
            await run.live()
            advance(number + 1)
    figures = {
        "lives of an endpoint": f"{lives:,}, {run.kills:,} of them ended by kill -9 in a skip",
        "clock set": f"{run.truth.times_set:,} times, {run.unjudged:,} tasks ended meanwhile",
        "time skipped": f"{run.skipped:,} times, {run.acknowledged_ahead.days:,} days",
        "real time": f"{(run.truth.real - BEGIN).days:,} days",
        "tasks": f"{run.number:,}",
        "looks at ended tasks": f"{run.checked:,}",
        "deleted when their time was over": f"{run.expired:,}",
    }
    return Outcome(f"Retention under wrong clocks (seed {seed})", figures, run.faults)
