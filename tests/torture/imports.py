"""The command `delay import` is killed at random moments, and a proxy loses requests and answers.

Repeated until it succeeds, it has scheduled each line exactly once. Every exit code is the one that the
pages promise.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from rich.console import Console

from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.records.listing import Wanted
from stepfunctions_local.server import serve_states
from tests.torture.machines import ROLE, define_delayed_call
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

LINES = 200
BAD_SHARE = 0.3
"""The share of files with a line that cannot be scheduled."""
MOST_RUNS = 6
"""The runs of an import that are disturbed, at most. The next one is not."""
LONGEST_LIFE_SECONDS = 4.0
PATIENCE_SECONDS = 120.0
TOGETHER = 2
"""The imports at a time."""

COMPLETE, ERROR, SOME_FAILED, KILLED = 0, 1, 8, -signal.SIGKILL


@dataclass
class Proxy:
    """Passes connections on to an endpoint, and loses a share of the requests and of the answers."""

    random: Random
    endpoint_port: int
    lost_share: float = 0.0
    lost: Counter[str] = field(default_factory=Counter)
    port: int = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        """Listen until the context ends."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self.endpoint_port)
        passing = [
            asyncio.ensure_future(self._pass("requests", reader, onward_writer)),
            asyncio.ensure_future(self._pass("answers", onward_reader, writer)),
        ]
        with suppress(ConnectionError):
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for each in passing:
            each.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for each_writer in (onward_writer, writer):
            each_writer.close()

    async def _pass(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on until one chunk is lost, or half of it, and the connection with it."""
        while chunk := await reader.read(65_536):
            if self.random.random() < self.lost_share:
                self.lost[kind] += 1
                writer.write(chunk[: self.random.choice((0, len(chunk) // 2))])
                with suppress(ConnectionError):
                    await writer.drain()
                return
            writer.write(chunk)
            await writer.drain()


@dataclass(frozen=True)
class EndedRun:
    """The exit code of one run of the command, and the end of what it printed on standard error."""

    code: int
    messages: str


@dataclass
class Torture:
    """One run: many imports, one state machine each."""

    random: Random
    folder: Path
    engine: Engine
    proxy: Proxy
    lines: int
    most_runs: int
    codes: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    async def run_import(self, number: int) -> None:
        """Import a file, disturbed at first, and count what exists."""
        name, file = f"m{number}", self.folder / f"tasks{number}.ndjson"
        is_bad = self.random.random() < BAD_SHARE
        file.write_text(self._make_lines(is_bad=is_bad), encoding="utf-8")
        machine, _ = await self.engine.catalog.create(
            name, Setup(define_delayed_call(), ROLE), self.engine.clock.now()
        )
        arn = self.engine.catalog.arn(machine)
        last = SOME_FAILED if is_bad else COMPLETE
        for _ in range(self.random.randint(min(1, self.most_runs), self.most_runs)):
            run = await self._run(arn, file, disturbed=True)
            if run.code not in {last, ERROR, KILLED}:
                self.faults.append(f"{file.name}: exit code {run.code} of a disturbed run: {run.messages}")
        for _ in range(2):  # the second one finds nothing to do
            if (run := await self._run(arn, file, disturbed=False)).code != last:
                self.faults.append(f"{file.name}: exit code {run.code}, not {last}: {run.messages}")
        self._count(machine.id, file.name)

    def _make_lines(self, *, is_bad: bool) -> str:
        """Return the lines of a file: with keys and without, some of them equal."""
        records: list[dict[str, object]] = []
        at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        for number in range(self.lines):
            payload = {"line": number // 2 if number % 10 == 1 else number}
            key = {"key": f"k{number}"} if self.random.random() < 0.3 else {}
            due = {"in": "7d"} if self.random.random() < 0.8 else {"at": at}
            records.append({"payload": payload, **due, **key})
        if is_bad:
            records[self.random.randrange(self.lines)] = {"in": "7d"}
        return "".join(f"{json.dumps(record)}\n" for record in records)

    async def _run(self, arn: str, file: Path, *, disturbed: bool) -> EndedRun:
        """Run the command to its end or its death."""
        command = [str(Path(sys.executable).parent / "delay"), "import", str(file), "--json"]
        port = self.proxy.port if disturbed else self.proxy.endpoint_port
        self.proxy.lost_share = self.random.choice((0.0, 0.01, 0.05, 0.3))
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--state-machine-arn", arn, "--endpoint-url", f"http://127.0.0.1:{port}"),
            env=_make_environment(),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
        )
        reading = asyncio.create_task(process.communicate())
        if disturbed and self.random.random() < 0.7:
            await asyncio.wait([reading], timeout=self.random.random() * LONGEST_LIFE_SECONDS)
            with suppress(ProcessLookupError):
                process.kill()
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, err = await reading
        if b"Traceback" in err:
            self.faults.append(f"{file.name}: a traceback: {err[-200:]!r}")
        code = process.returncode or 0
        self.codes[code] += 1
        return EndedRun(code, err.decode(errors="replace")[-1000:])

    def _count(self, machine_id: int, name: str) -> None:
        """Compare the executions with the lines, as multisets of payloads."""
        file = self.folder / name
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        wanted = Counter(line["payload"]["line"] for line in lines if "payload" in line)
        found = Counter(
            json.loads(execution.input)["line"]
            for execution in self.engine.executions(Wanted(machine_id), 10 * self.lines)
        )
        if found != wanted:
            self.faults.append(
                f"{name}: {(found - wanted).total()} twice, {(wanted - found).total()} missing"
            )


def _make_environment() -> dict[str, str]:
    dummies = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | dummies


async def torture(
    folder: Path,
    imports: int,
    seed: int,
    console: Console,
    *,
    lines: int = LINES,
    most_runs: int = MOST_RUNS,
) -> Outcome:
    """Import files, each with kills and losses of its own."""
    random = Random(seed)
    async with (
        serve_states(Settings(), "127.0.0.1", 0, {"lambda": "http://127.0.0.1:9"}) as server,
        Proxy(random, int(server.url.rpartition(":")[2])).serving() as proxy,
    ):
        run = Torture(random, folder, server.engine, proxy, lines, most_runs)
        waiting = iter(range(imports))
        with progress("Importing files", imports, console) as advance:

            async def import_each() -> None:
                for number in waiting:
                    await run.run_import(number)
                    advance(number + 1)

            async with asyncio.TaskGroup() as group:
                for _ in range(TOGETHER):
                    group.create_task(import_each())
    figures: dict[str, object] = {
        "imports": f"{imports:,}, of {run.lines:,} lines each",
        "runs of the command": f"{run.codes.total():,}",
    }
    figures |= {f"  exit code {code}": f"{count:,}" for code, count in sorted(run.codes.items())}
    figures |= {f"{kind} lost by the proxy": f"{count:,}" for kind, count in sorted(proxy.lost.items())}
    return Outcome(f"Imports (seed {seed})", figures, run.faults)
