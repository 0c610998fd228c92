"""The folder of a running endpoint is removed, moved, replaced or filled, or another process takes it.

While clients start tasks, one thing happens to the folder. Either the endpoint goes on, or it refuses, says
why and stops. What it acknowledged is in the folder, wherever that is, unless the attack itself removed it;
and nothing that was sent after the attack is acknowledged unless it is kept.
"""

import asyncio
import resource
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from rich.console import Console

from tests.torture.endpoint import Endpoint, NotStarted, Refused, call, find_free_port
from tests.torture.machines import ROLE, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

CLIENTS = 4
TOGETHER = 2
"""The rounds at a time."""
LONGEST_PAUSE_SECONDS = 0.3
PATIENCE_SECONDS = 60.0
UNWRITABLE = 503
DATABASE_FILES = ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm")
HARMLESS_FILES = ("lock", ".gitignore")
INPUT = '{"expirydate": 99999, "text": "' + "x" * 2_000 + '"}'


@dataclass
class Round:
    """An endpoint on a folder of its own, its clients, and what they know."""

    endpoint: Endpoint
    session: aiohttp.ClientSession
    random: Random
    acknowledged: dict[str, bool] = field(default_factory=dict)
    """The names of started executions, and whether they were sent after the attack."""
    machine: str = ""
    attacked: bool = False
    refused: int = 0
    is_closing: bool = False
    number: int = 0

    @property
    def folder(self) -> Path:
        """The path of the data directory."""
        return self.endpoint.folder

    @property
    def aside(self) -> Path:
        """A path that the folder can be moved to."""
        return self.folder.with_name(f"{self.folder.name}-aside")

    async def create(self) -> None:
        """Start the endpoint, and create the state machine."""
        await self.endpoint.start()
        answer = await self._call(
            "CreateStateMachine", name="m", definition=define_delayed_call(), roleArn=ROLE
        )
        self.machine = str(answer["stateMachineArn"])

    async def start_executions(self) -> None:
        """Start executions one after the other, until the endpoint has ended or the round is over."""
        while not self.is_closing:
            self.number += 1
            name, is_late = f"t{self.number}", self.attacked
            try:
                await self._call("StartExecution", stateMachineArn=self.machine, name=name, input=INPUT)
            except Refused as refusal:
                if refusal.status != UNWRITABLE:
                    raise
                self.refused += 1
                await asyncio.sleep(0.01)
            except aiohttp.ClientError:
                if self.has_ended:
                    return
                await asyncio.sleep(0.01)
            else:
                self.acknowledged[name] = is_late

    async def read_executions(self) -> set[str]:
        """Return the names of all executions that the endpoint has."""
        found: set[str] = set()
        token: dict[str, str] = {}
        while True:
            page = await self._call("ListExecutions", stateMachineArn=self.machine, maxResults=1000, **token)
            found |= {execution["name"] for execution in page["executions"]}
            if not page.get("nextToken"):
                return found
            token = {"nextToken": page["nextToken"]}

    async def is_ended(self) -> bool:
        """Wait until the endpoint ends by itself, and return whether it does so in time."""
        assert self.endpoint.process
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.endpoint.process.wait()
        except TimeoutError:
            return False
        return True

    @property
    def has_ended(self) -> bool:
        """Whether the endpoint has ended."""
        return self.endpoint.process is None or self.endpoint.process.returncode is not None

    async def _call(self, operation: str, **body: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await call(self.session, self.endpoint.url, operation, **body)


@dataclass(frozen=True, slots=True)
class Expected:
    """The consequences of an attack.

    `stops`: whether the endpoint has to stop; None: it may.
    `kept_in`: the folder with all that was acknowledged; None if the attack has removed a part of it.
    `complains`: whether an endpoint that goes on writes a line.
    """

    stops: bool | None
    kept_in: Path | None
    complains: bool = False


Attack = Callable[[Round], Awaitable[Expected]]


async def remove(run: Round) -> Expected:
    """Remove the folder, as `git clean -fdX` does."""
    shutil.rmtree(run.folder, ignore_errors=True)
    return Expected(stops=True, kept_in=None)


async def move(run: Round) -> Expected:
    """Move the folder away."""
    run.folder.rename(run.aside)
    return Expected(stops=True, kept_in=run.aside)


async def replace_by_nothing(run: Round) -> Expected:
    """Put an empty folder in its place."""
    run.folder.rename(run.aside)
    run.folder.mkdir(0o700)
    return Expected(stops=True, kept_in=run.aside)


async def replace_by_copy(run: Round) -> Expected:
    """Put a copy in its place, as a backup that is restored."""
    copy = run.folder.with_name(f"{run.folder.name}-copy")
    await asyncio.to_thread(shutil.copytree, run.folder, copy)
    run.folder.rename(run.aside)
    copy.rename(run.folder)
    return Expected(stops=True, kept_in=run.aside)


async def replace_by_link(run: Round) -> Expected:
    """Put a symbolic link to the folder in its place."""
    run.folder.rename(run.aside)
    run.folder.symlink_to(run.aside, target_is_directory=True)
    return Expected(stops=True, kept_in=run.aside)


async def remove_database_file(run: Round) -> Expected:
    """Remove one of the database's files. Only the last of them holds no records."""
    name = run.random.choice(DATABASE_FILES)
    (run.folder / name).unlink()
    return Expected(stops=True, kept_in=run.folder if name.endswith("-shm") else None)


async def replace_database_file(run: Round) -> Expected:
    """Put a copy in place of one of the database's files."""
    name = run.random.choice(DATABASE_FILES)
    shutil.copy(run.folder / name, run.folder / "copy")
    (run.folder / "copy").rename(run.folder / name)
    return Expected(stops=True, kept_in=None)


async def remove_other_files(run: Round) -> Expected:
    """Remove the files that are no part of the database, and start another process."""
    for name in run.random.sample(HARMLESS_FILES, run.random.randint(1, 2)):
        (run.folder / name).unlink()
    return await start_second(run)


async def start_second(run: Round) -> Expected:
    """Start another process on the folder. It must not start."""
    second = Endpoint(run.folder, find_free_port(), "http://127.0.0.1:9")
    with suppress(NotStarted):
        await second.start()
        await second.kill()
        raise AssertionError("a second process uses the folder")
    return Expected(stops=False, kept_in=run.folder, complains=True)


async def narrow(run: Round) -> Expected:
    """Take rights away from the folder or from its files. Root keeps them."""
    mode = run.random.choice((0o000, 0o400, 0o500))
    for path in run.random.choice(([run.folder], list(run.folder.iterdir()))):
        path.chmod(mode)
    return Expected(stops=None, kept_in=run.folder, complains=True)


async def fill(run: Round) -> Expected:
    """Let the journal grow no further, as on a full disk, and then again."""
    assert run.endpoint.process
    pid, unlimited = run.endpoint.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    size = (run.folder / "journal.sqlite-wal").stat().st_size + run.random.randrange(100_000)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    await _wait_until(lambda: run.refused > CLIENTS or run.has_ended)
    if not run.acknowledged.keys() <= await run.read_executions():
        raise AssertionError("an acknowledged execution cannot be read on a full disk")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    return Expected(stops=False, kept_in=run.folder, complains=True)


ATTACKS: tuple[Attack, ...] = (
    remove,
    move,
    replace_by_nothing,
    replace_by_copy,
    replace_by_link,
    remove_database_file,
    replace_database_file,
    remove_other_files,
    start_second,
    narrow,
    fill,
)


async def _wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - several things may make it true
            await asyncio.sleep(0.01)


async def attack_once(run: Round, attack: Attack) -> list[str]:
    """Attack the folder while clients start tasks, and return the faults."""
    await run.create()
    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(run.start_executions())
        await _wait_until(lambda: len(run.acknowledged) > CLIENTS)
        await asyncio.sleep(run.random.random() * LONGEST_PAUSE_SECONDS)
        expected = await attack(run)
        run.attacked = True
        faults = [f"{attack.__name__}: {fault}" for fault in await _observe(run, expected)]
        run.is_closing = True
    await run.endpoint.kill()
    return faults + [f"{attack.__name__}: {fault}" for fault in await _find_losses(run, expected)]


async def _observe(run: Round, expected: Expected) -> list[str]:
    """Return the faults of an endpoint after an attack, while clients go on."""
    if expected.stops is None:
        await asyncio.sleep(2)
    if expected.stops or run.has_ended:
        return _judge_end(run, is_ended=await run.is_ended())
    late = set(run.acknowledged)
    await _wait_until(lambda: len(run.acknowledged) > len(late) + CLIENTS or run.has_ended)
    text = run.endpoint.errors.read_text(encoding="utf-8")
    complaint = [] if expected.complains or not text else [f"wrote {text[:200]!r}"]
    return [*complaint, *(["stopped"] if run.has_ended else [])]


def _judge_end(run: Round, *, is_ended: bool) -> list[str]:
    assert run.endpoint.process
    text = run.endpoint.errors.read_text(encoding="utf-8")
    late = sum(run.acknowledged.values())
    judgements = {
        "does not stop": is_ended,
        f"exit code {run.endpoint.process.returncode}": run.endpoint.process.returncode == 1,
        f"does not say why: {text[:200]!r}": f"Error: {run.folder}" in text,
        f"a traceback: {text[-300:]!r}": "Traceback" not in text,
        f"{late} acknowledged after the attack": not late,
    }
    return [fault for fault, is_right in judgements.items() if not is_right]


async def _find_losses(run: Round, expected: Expected) -> Iterable[str]:
    """Put the folder back, start the endpoint again, and return a fault if anything is missing."""
    if expected.kept_in is None:
        return []
    _restore(run, expected.kept_in)
    try:
        await run.endpoint.start()
    except NotStarted as error:
        return [f"does not start again: {error}"]
    lost = run.acknowledged.keys() - await run.read_executions()
    await run.endpoint.kill()
    return [f"{len(lost)} of {len(run.acknowledged)} acknowledged executions are lost"] if lost else []


def _restore(run: Round, kept_in: Path) -> None:
    if kept_in != run.folder:
        if run.folder.is_symlink():
            run.folder.unlink()
        shutil.rmtree(run.folder, ignore_errors=True)
        kept_in.rename(run.folder)
    run.folder.chmod(0o700)
    for file in run.folder.iterdir():
        file.chmod(0o600)


async def torture(folder: Path, rounds: int, seed: int, console: Console) -> Outcome:
    """Attack the folders of endpoints, each attack in turn."""
    random, faults, seen = Random(seed), list[str](), Counter[str]()
    acknowledged = refused = 0
    waiting = iter(range(rounds))

    async def attack_each(session: aiohttp.ClientSession) -> None:
        nonlocal acknowledged, refused
        for number in waiting:
            attack = ATTACKS[(number + seed) % len(ATTACKS)]
            endpoint = Endpoint(folder / f"r{number}", find_free_port(), "http://127.0.0.1:9")
            run = Round(endpoint, session, random)
            try:
                faults.extend(await attack_once(run, attack))
            finally:
                await endpoint.kill()
            seen[attack.__name__.replace("_", " ")] += 1
            acknowledged, refused = acknowledged + len(run.acknowledged), refused + run.refused
            advance(seen.total())

    with progress("Attacking folders", rounds, console) as advance:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for _ in range(TOGETHER):
                group.create_task(attack_each(session))
    figures: dict[str, object] = {"folders attacked": f"{seen.total():,}"}
    figures |= {f"  {name}": f"{count:,}" for name, count in sorted(seen.items())}
    figures |= {"starts acknowledged": f"{acknowledged:,}", "starts refused": f"{refused:,}"}
    return Outcome(f"Folders (seed {seed})", figures, faults)
