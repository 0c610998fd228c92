"""How many workers there are, and who gets one."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stepfunctions_local.lambdas.invocation import Invocation, InvocationOutcome
from stepfunctions_local.lambdas.pool import CodeMissing, Pool, PoolClosed, TooManyWaiting, read_code_version


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
        self.pool = Pool(self.start, lambda: (0, 0, self.version), self.max_workers, self.max_waiting)

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
