"""How many workers there are, and who gets one."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome
from stepfunctions_local.lambdas.pool import (
    CodeMissing,
    Pool,
    PoolClosed,
    Processes,
    TooManyWaiting,
    read_code_version,
)


@dataclass(eq=False)
class FakeWorker:
    """Answers when the test lets it."""

    go_on: asyncio.Event
    usable: bool = True
    closed: bool = False
    served: list[str] = field(default_factory=list)

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Serve until the test lets it go on."""
        self.served.append(invocation.request_id)
        await self.go_on.wait()
        self.usable = self.usable and not self.closed
        return InvocationOutcome(invocation.request_id.encode(), failed=False, log_tail=b"")

    async def close(self) -> None:
        """Go on at once."""
        self.closed = True
        self.go_on.set()


@dataclass
class Harness:
    """A pool over fake workers; `version` is the build that they start with."""

    max_workers: int
    max_waiting: int = 100
    version: int = 1
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    workers: list[FakeWorker] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the pool."""
        processes = Processes(self.max_workers, in_all=100)
        self.pool = Pool(self.start, lambda: (0, 0, self.version), processes, "F", self.max_waiting)

    async def start(self) -> FakeWorker:
        """Start a worker."""
        self.workers.append(FakeWorker(self.go_on))
        return self.workers[-1]

    def ask(self, request_id: str) -> asyncio.Task[InvocationOutcome]:
        """Ask for an invocation, without waiting for it."""
        return asyncio.create_task(self.pool.run(Invocation(request_id, b"{}", "arn", "Root=1")))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_worker_is_kept_for_the_next_invocation() -> None:
    """Successive invocations share a worker."""
    harness = Harness(max_workers=10)
    harness.go_on.set()
    for request_id in "abc":
        await harness.ask(request_id)
    assert [worker.served for worker in harness.workers] == [["a", "b", "c"]]


async def test_workers_are_bounded_and_invocations_queue() -> None:
    """Waiting invocations are served in order of arrival."""
    harness = Harness(max_workers=1)
    asked = [harness.ask(request_id) for request_id in "abcd"]
    await settled()
    assert [worker.served for worker in harness.workers] == [["a"]]
    harness.go_on.set()
    await asyncio.gather(*asked)
    assert [worker.served for worker in harness.workers] == [["a", "b", "c", "d"]]


async def test_queue_is_bounded() -> None:
    """An invocation beyond its limit is refused at once."""
    harness = Harness(max_workers=1, max_waiting=1)
    asked = [harness.ask(request_id) for request_id in "ab"]
    await settled()
    with pytest.raises(TooManyWaiting):
        await harness.ask("c")
    harness.go_on.set()
    await asyncio.gather(*asked)


async def test_failed_worker_is_replaced() -> None:
    """An unusable worker is closed, and the next invocation starts another."""
    harness = Harness(max_workers=1)
    harness.go_on.set()
    await harness.ask("a")
    harness.workers[0].usable = False
    await harness.ask("b")
    assert [worker.closed for worker in harness.workers] == [True, False]


async def test_new_build_gets_new_workers() -> None:
    """After `sam build` the next invocation runs the new code."""
    harness = Harness(max_workers=1)
    harness.go_on.set()
    await harness.ask("a")
    harness.version = 2
    await harness.ask("b")
    assert [worker.served for worker in harness.workers] == [["a"], ["b"]]
    assert harness.workers[0].closed


async def test_close_reaches_busy_workers() -> None:
    """They are closed, and waiting invocations are refused."""
    harness = Harness(max_workers=1)
    running, waiting = harness.ask("a"), harness.ask("b")
    await settled()
    await harness.pool.close()
    await running
    with pytest.raises(PoolClosed):
        await waiting
    assert [worker.closed for worker in harness.workers] == [True]


def test_missing_folder_has_no_version(tmp_path: Path) -> None:
    """The message says to run `sam build`."""
    with pytest.raises(CodeMissing, match="run `sam build`"):
        read_code_version(tmp_path / "gone")


def test_version_changes_with_the_folder(tmp_path: Path) -> None:
    """A folder that was deleted and created again, as sam build does, has another version."""
    folder = tmp_path / "built"
    folder.mkdir()
    before = read_code_version(folder)
    folder.rmdir()
    folder.mkdir()
    assert read_code_version(folder) != before


@dataclass
class Company:
    """The pools of several functions, which share their processes."""

    each: int
    in_all: int
    harnesses: dict[str, Harness] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the processes that all pools share."""
        self.processes = Processes(self.each, self.in_all)

    def __getitem__(self, name: str) -> Harness:
        """Return the harness of a function."""
        if name not in self.harnesses:
            self.harnesses[name] = Harness(self.each)
            start = self.harnesses[name].start
            self.harnesses[name].pool = Pool(start, lambda: (0, 0, 1), self.processes, name)
        return self.harnesses[name]

    def count(self) -> dict[str, int]:
        """Count the workers that are not closed, by function."""
        workers = {name: harness.workers for name, harness in self.harnesses.items()}
        return {name: sum(not worker.closed for worker in workers[name]) for name in workers}


async def test_slow_function_leaves_processes_to_others() -> None:
    """It has its own share of them, however many of its invocations wait."""
    company = Company(each=2, in_all=4)
    slow = [company["slow"].ask(str(number)) for number in range(20)]
    await settled()
    company["other"].go_on.set()
    await company["other"].ask("a")
    assert company.count() == {"slow": 2, "other": 1}
    company["slow"].go_on.set()
    await asyncio.gather(*slow)


async def test_longest_idle_worker_makes_room() -> None:
    """Idle workers count: there are never more processes than allowed."""
    company = Company(each=2, in_all=2)
    for name in "abc":
        company[name].go_on.set()
        await company[name].ask(name)
    assert company.count() == {"a": 0, "b": 1, "c": 1}
    await company["b"].ask("again")
    assert len(company["b"].workers) == 1


async def test_function_without_a_worker_gets_one_beyond_the_limit() -> None:
    """So a function can wait for another one that it invokes."""
    company = Company(each=2, in_all=2)
    waiting = [company["caller"].ask(str(number)) for number in range(2)]
    await settled()
    company["called"].go_on.set()
    await company["called"].ask("a")
    company["caller"].go_on.set()
    await asyncio.gather(*waiting)
    assert company.count() == {"caller": 2, "called": 0} or company.count() == {"caller": 2, "called": 1}
